"""What a rule is."""

from typing import ClassVar, Protocol

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit, Note


class Rule(Protocol):
    """`name` is what users, headers and the API call it; `title` is a phrase for people."""

    name: ClassVar[str]
    title: ClassVar[str]

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | Note | None:
        """Read only, no queries. None is a miss."""
        ...
