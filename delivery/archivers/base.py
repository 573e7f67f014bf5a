"""What an archiver is, and what it gets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from archives.models import Arrival
from lists.enums import ArchiveRenderingMode
from lists.models import MailingList

Ending = Callable[[], object]
"""What is to be written in the transaction that ends the work: it happens once, however often the work was begun."""


class NotFiled(Exception):
    """The archiver did not take the copy, and why, in a sentence for the operator. It is asked again later."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A post as archivers get it: published, undecorated, from its author, with the list's fields."""

    mlist: MailingList
    arrival: Arrival | None
    header: bytes
    """The header block with its last line end."""
    body: bytes
    """From the blank line on."""
    message_id: str
    received_at: datetime
    key: str
    """Names the copy: the same at each try, and no other post's. Letters, digits and dots."""
    tries: int
    """1 the first time. Later ones may be repeats of something that was done already."""

    @property
    def rendering_mode(self) -> ArchiveRenderingMode:
        """How the list wants its posts to be shown."""
        return ArchiveRenderingMode(self.mlist.archive_rendering_mode)

    @property
    def text(self) -> bytes:
        """The message with line ends as files and programs of this system have them."""
        return (self.header + self.body).replace(b"\r\n", b"\n")


class Archiver(Protocol):
    """`name` is what settings, lists and commands call it; `title` is a phrase for people."""

    name: ClassVar[str]
    title: ClassVar[str]

    def takes(self, mlist: MailingList) -> bool:
        """Whether posts of such a list are for it at all."""
        ...

    def list_url(self, mlist: MailingList) -> str:
        """Where it shows the list; empty where it does not."""
        ...

    def permalink(self, mlist: MailingList, message_id: str) -> str:
        """Where it will show the post, known before it has it (RFC 5064); empty where it does not."""
        ...

    def file(self, copy: Copy) -> Ending | None:
        """Take the copy, for good: on the disk, or in what the ending writes. Anything raised means that it was not taken."""
        ...


class Silent:
    """An archiver of every list that has no addresses of its own to show."""

    def takes(self, mlist: MailingList) -> bool:
        return True

    def list_url(self, mlist: MailingList) -> str:
        return ""

    def permalink(self, mlist: MailingList, message_id: str) -> str:
        return ""
