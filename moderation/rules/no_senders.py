from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit


class NoSenders:
    """Nobody can have written it, nobody can be asked."""

    name: ClassVar[str] = "no-senders"
    title: ClassVar[str] = "The message names no sender"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        if letter.senders:
            return None
        return Hit("The message has no valid address in From, Reply-To, Sender or its envelope.")
