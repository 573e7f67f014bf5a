"""Posts that went to several lists which have to do with one another: one copy for each person."""

from collections.abc import Sequence
from dataclasses import replace

from delivery import umbrella
from delivery.draft import Digest, Draft, Intent, Send
from lists.models import MailingList
from lists.services.relations import has_relations


def spare(mlist: MailingList, drafts: Sequence[Draft]) -> None:
    """Leave out who is sent the letter by another list that it went to. In the transaction that plans the sending.

    No statement for a list that has to do with none; two for one that has, and one for each letter that went out there, too.
    """
    if not has_relations(mlist):
        return
    twins = umbrella.find_twins(mlist, [draft.arrival for draft in drafts])
    for draft in drafts:
        concerned = {near.pk for intent in draft.intents if (near := _near(intent, mlist))}
        spared = twins.served(draft.arrival, concerned) if concerned else set()
        if spared:
            before = _readers(draft)
            draft.intents = [kept for intent in draft.intents if (kept := _without(intent, spared))]
            draft.remarks.append(f"{before - _readers(draft)} get it by another list that it was sent to.")


def _near(intent: Intent, mlist: MailingList) -> MailingList | None:
    return (intent.through or mlist) if isinstance(intent, Send | Digest) else None


def _readers(draft: Draft) -> int:
    sends = sum(len(intent.recipients) for intent in draft.intents if isinstance(intent, Send))
    return sends + sum(len(intent.readers) for intent in draft.intents if isinstance(intent, Digest))


def _without(intent: Intent, spared: set[int]) -> Intent | None:
    """The intent without these members; None where nobody is left to send it to. A post is collected for nobody, too.

    Who gets it over HTTP is not spared: his program does not read his mail.
    """
    if isinstance(intent, Send):
        left = tuple(recipient for recipient in intent.recipients if recipient[0] not in spared)
        return replace(intent, recipients=left) if left or intent.posted else None
    if isinstance(intent, Digest):
        return replace(intent, readers=tuple(reader for reader in intent.readers if reader[0] not in spared))
    return intent
