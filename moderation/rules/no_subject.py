from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit


class NoSubject:
    """Subject is missing, empty or blank."""

    name: ClassVar[str] = "no-subject"
    title: ClassVar[str] = "The message has no subject"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        return None if letter.subject else Hit("The message has no subject.", "Your message has no subject.")
