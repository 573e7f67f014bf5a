from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit


class MaxRecipients:
    """To and Cc name as many people as the list's limit, or more."""

    name: ClassVar[str] = "max-recipients"
    title: ClassVar[str] = "The message names too many recipients"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        limit, count = mlist.max_num_recipients, len(letter.recipients)
        if not limit or count < limit:
            return None
        return Hit(
            f"To and Cc name {count} recipients; the list's limit is {limit}.",
            f"Your message names {count} recipients in To and Cc, which are too many for this list.",
        )
