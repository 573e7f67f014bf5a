"""What rules make of a scanner that says nothing."""

from lists.models import MailingList
from moderation.verdicts import Disposition, Hit, Note

PREFIX = "unscanned-"
"""Begins the keys of notes that say which scanner was silent."""


def unscanned(name: str, trouble: str, mlist: MailingList) -> Hit | Note:
    """Held where the list wants it so; else the other rules decide, and a note says that nobody looked."""
    if not mlist.hold_unscanned:
        return Note(PREFIX + name, trouble[:200])
    return Hit(
        f"The scanner {name} does not answer: {trouble[:200]}.",
        "Your message could not be examined just now; a moderator looks at it.",
        Disposition.HOLD,
    )
