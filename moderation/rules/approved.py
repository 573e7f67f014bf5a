from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.passwords import Approval, approval
from moderation.verdicts import Hit


class Approved:
    """A moderator shows the list's password in the message. Taking it away again is the handler `cleanse`'s work."""

    name: ClassVar[str] = "approved"
    title: ClassVar[str] = "The message shows the moderators' password"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        if mlist.moderator_password and approval(letter.parsed, mlist) is Approval.RIGHT:
            return Hit("The message shows the moderators' password.")
        return None
