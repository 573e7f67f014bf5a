from datetime import timedelta
from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.newcomers import posts_before
from moderation.verdicts import Hit


class Flood:
    """More posts than the list's limit came within its seconds. It ends by itself, when fewer come."""

    name: ClassVar[str] = "flood"
    title: ClassVar[str] = "Too many posts come at once"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        if not mlist.flood_posts:
            return None
        span = timedelta(seconds=mlist.flood_seconds)
        if posts_before(letter.facts.came, letter.arrival, span) < mlist.flood_posts:
            return None
        return Hit(
            f"More than {mlist.flood_posts} posts came within {mlist.flood_seconds} seconds.",
            "More posts than usual are coming to this list just now; a moderator looks at them first.",
        )
