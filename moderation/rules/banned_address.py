from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit


class BannedAddress:
    """One of the senders is banned, on this list or on the whole site."""

    name: ClassVar[str] = "banned-address"
    title: ClassVar[str] = "The sender is banned"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        for sender in letter.senders:
            if sender.banned:
                return Hit(f"The sender {sender.address} is banned.", "Your address may not post here.")
        return None
