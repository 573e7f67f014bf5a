"""What a handler is."""

from typing import ClassVar, Protocol

from delivery.draft import Draft
from lists.models import MailingList


class Handler(Protocol):
    """`name` is what users and the API call it; `title` is a phrase for people."""

    name: ClassVar[str]
    title: ClassVar[str]

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        """Alter the draft, or append intents. Queries are allowed, writes are not."""
        ...
