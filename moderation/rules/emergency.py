from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit


class Emergency:
    """The owners hold everything for now. What a moderator has accepted never comes here again."""

    name: ClassVar[str] = "emergency"
    title: ClassVar[str] = "All posts are held for now"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        if not mlist.emergency:
            return None
        return Hit("The list holds all posts for now.", "All posts to this list wait for a moderator at the moment.")
