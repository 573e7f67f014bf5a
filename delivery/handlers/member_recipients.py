from typing import ClassVar

from django.contrib.auth.hashers import check_password

from delivery import recipients, umbrella
from delivery.draft import Draft
from lists.models import MailingList
from lists.services.relations import has_relations


class MemberRecipients:
    """Everybody who gets each post by itself; the poster only where he wants his own posts. One statement.

    An urgent post goes at once to those as well who take digests, and is in none of theirs.
    On lists with digests it says as well who gets the post in one of these instead. A list that has to do with others may
    include them: then their members get it, too, each person once (one statement more).
    """

    name: ClassVar[str] = "member-recipients"
    title: ClassVar[str] = "Address the post to the members"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        author = draft.candidate.senders[0].membership if draft.candidate.senders else None
        poster = author.pk if author else None
        if has_relations(mlist):
            sender = draft.candidate.senders[0].address if draft.candidate.senders else ""
            own, *draft.gathered = umbrella.gather(mlist, poster=sender, urgent=is_urgent(draft, mlist))
            draft.recipients, draft.readers = own.recipients, own.readers
        elif is_urgent(draft, mlist):
            regular, readers = recipients.regular_and_digest_members(mlist, poster=poster)
            others = recipients.mailboxes([member for member, _ in readers if member != poster])
            draft.recipients = [*regular, *(recipient for recipient, _ in others)]
        elif mlist.digests_enabled:
            draft.recipients, draft.readers = recipients.regular_and_digest_members(mlist, poster=poster)
        else:
            draft.recipients = recipients.regular_members(mlist, poster=poster)


def is_urgent(draft: Draft, mlist: MailingList) -> bool:
    """Whether the post shows the moderators' password in `Urgent:`. Anything else there means nothing.

    Slow where the field stands there: hashing is.
    """
    shown = draft.candidate.parsed.headers.text("Urgent")
    return bool(shown and mlist.moderator_password) and check_password(shown, mlist.moderator_password)
