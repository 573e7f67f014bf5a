from typing import ClassVar

from delivery.draft import Draft
from lists.models import MailingList
from moderation import approved

SECRETS = (*approved.FIELDS, "Urgent")
"""They hold the moderators' password."""
RECEIPTS = ("Return-Receipt-To", "Disposition-Notification-To", "X-Confirm-Reading-To", "X-Pmrqc")
"""They would make every member's mail program tell the poster that it was read."""
ENVELOPE = ("Return-Path", "X-MailFrom", "X-Envelope-From")
"""The envelope sender as MTAs and other lists write it down; it may hold tags nobody else should know (RFC 5321 §4.4)."""
OURS = ("Archived-At",)
"""It names the permalink in our archive (RFC 5064)."""


class Cleanse:
    """Take out what must not reach the members or the archive. Everything else keeps its bytes and its place.

    A mailbox's From_ line on top goes, too: it names the envelope sender, and below our own fields it would end the header for
    some readers. A password may also be the first line of a text; it goes from every form of the text, right or wrong.
    """

    name: ClassVar[str] = "cleanse"
    title: ClassVar[str] = "Remove passwords and requests for receipts"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        draft.headers.remove_from_line()
        draft.headers.remove(*SECRETS, *RECEIPTS, *ENVELOPE, *OURS)
        draft.body = approved.body_without_marks(draft.parsed)
