from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit


class Probation:
    """A new member's first posts wait for a moderator, until enough of them were accepted."""

    name: ClassVar[str] = "probation"
    title: ClassVar[str] = "The member is new"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        accepted = letter.accepted_posts
        if accepted is None:
            return None
        return Hit(
            f"The member is new: {accepted} of the first {mlist.probation_posts} posts were accepted so far.",
            "The first posts of new members wait for a moderator.",
        )
