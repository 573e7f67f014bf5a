from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.newcomers import AN_HOUR, posts_before
from moderation.verdicts import Hit
from suite.mail import addresses


class SenderLimit:
    """One envelope sender posts more within an hour than the list takes without looking. Others pass."""

    name: ClassVar[str] = "sender-limit"
    title: ClassVar[str] = "The sender posts too often"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        limit, sender = mlist.sender_posts_per_hour, addresses.key(letter.arrival.sender)
        if not limit or posts_before(letter.facts.came, letter.arrival, AN_HOUR, sender) < limit:
            return None
        return Hit(
            f"{sender or 'Somebody without an address'} posted more than {limit} times within an hour.",
            f"You have posted {limit} times within an hour; a moderator looks at what comes beyond that.",
        )
