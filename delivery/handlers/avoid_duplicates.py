from typing import ClassVar

from delivery import recipients
from delivery.draft import Draft, Gathered
from lists.models import MailingList


class AvoidDuplicates:
    """Spare members who are named in To or Cc, and so have the poster's own mail, the list's copy if they wish so.

    They leave the visible Cc later (trim-cc). Members who are named and want both get a copy that says so (`draft.named`, see
    to-outgoing). No statement unless somebody but the list is named.
    """

    name: ClassVar[str] = "avoid-duplicates"
    title: ClassVar[str] = "Send no second copy to those named in To or Cc"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        keys = {*draft.candidate.recipients, *draft.candidate.resent_recipients} - {mlist.posting_address}
        groups: list[Draft | Gathered] = [draft, *draft.gathered]
        if not keys or not any(group.recipients for group in groups):
            return
        named = recipients.named_members([mlist.pk, *(group.mlist.pk for group in draft.gathered)], keys)
        spared = {pk: key for pk, key, wants_copy in named if not wants_copy}
        draft.named = frozenset(pk for pk, _, wants_copy in named if wants_copy)
        if spared:
            for group in groups:
                group.recipients = [recipient for recipient in group.recipients if recipient[0] not in spared]
            draft.spared = frozenset(spared.values())
