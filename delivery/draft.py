"""The outgoing copy while handlers shape it, and what they want done with it."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from archives.enums import State
from archives.models import Arrival
from delivery.enums import BatchKind
from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Verdict
from suite.common.outbox import Part
from suite.mail.headers import HeaderBlock
from suite.mail.parse import Parsed, parse

Recipient = tuple[int | None, str, str]
"""Membership id (None for people who are no members), address as mail is sent to it, display name."""

Posted = tuple[Recipient, int]
"""Somebody who gets a post over HTTP, and the key of his endpoint."""

DigestReader = tuple[int, int]
"""Membership id and delivery mode of somebody who takes digests."""


@dataclass(slots=True)
class Gathered:
    """The people who get the post as members of this list."""

    mlist: MailingList
    recipients: list[Recipient] = field(default_factory=list)
    readers: list[DigestReader] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Archive:
    """File these bytes as the list's post (they are what came in where no handler changed them before)."""

    raw: bytes


@dataclass(frozen=True, slots=True)
class Send:
    """Send header and body, as they stand when this intent is appended, to the recipients."""

    header: bytes
    body: bytes
    body_changed: bool
    recipients: tuple[Recipient, ...]
    kind: BatchKind
    return_path: str
    mark: str = ""
    through: MailingList | None = None
    """The list whose members the recipients are, where it is not the one that was written to but included by that."""
    posted: tuple[Posted, ...] = ()
    """Who gets it over HTTP; none of these is among the recipients."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Collect the post for the next digest: the bytes of the letter whose body it shows, its header fields, and for whom."""

    raw: bytes
    header: bytes
    readers: tuple[DigestReader, ...]
    through: MailingList | None = None
    """As in Send: the list in whose digest it goes."""


@dataclass(frozen=True, slots=True)
class News:
    """Post an article to a newsgroup: with this header, and the body of the letter of these bytes."""

    raw: bytes
    header: bytes
    message_id: str
    newsgroup: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Send one mail of our own about this arrival to one person."""

    kind: str
    recipient: str
    subject: str
    text: str
    parts: tuple[Part, ...] = ()
    """What goes along below the text, as in `suite.common.outbox`."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further fields, or other ones than a notice has."""
    to_owners: bool = False
    """Whether the recipient gets it as somebody who runs the list."""


Intent = Archive | Send | Digest | News | Tell


@dataclass(frozen=True, slots=True)
class Drop:
    """Nothing of it goes to the list: what becomes of the arrival instead, who decided so (a handler's name), and why.

    A rejection is told to the sender, where a machine may answer him; `tells` are what others hear.
    """

    state: Literal[State.REJECTED, State.DISCARDED, State.PARKED]
    handler: str
    reason: str
    tells: tuple[Tell, ...] = ()


@dataclass
class Draft:
    """The one thing that changes. Handlers edit `headers` and `body`, fill `recipients` and append intents."""

    arrival: Arrival
    candidate: Candidate
    headers: HeaderBlock
    body: bytes
    number: int
    """The post's number on its list."""
    mark: str
    """Random, for placeholders `=#<mark>:<name>#=` that differ per recipient (see delivery.models.Rendering)."""
    verdict: Verdict | None
    """What the chain found; None where a moderator accepted the post."""
    now: datetime
    kind: BatchKind = BatchKind.BULK
    recipients: list[Recipient] = field(default_factory=list)
    topics: tuple[str, ...] = ()
    """Names of the list's topics that the post is about."""
    readers: list[DigestReader] = field(default_factory=list)
    """Who gets the post in a digest instead; nobody where the list has none."""
    posted: list[Posted] = field(default_factory=list)
    """Who gets the post over HTTP instead."""
    gathered: list[Gathered] = field(default_factory=list)
    """Who gets it besides, as members of lists that this one includes."""
    through: MailingList | None = None
    """Set in a fork: the list whose members its recipients are."""
    named: frozenset[int | None] = frozenset()
    """Membership ids of recipients whom the poster names in To or Cc, and who want the list's copy nevertheless."""
    spared: frozenset[str] = frozenset()
    """Keys of the addresses named in To or Cc whose members get no copy from the list."""
    published: bytes | None = None
    """The letter as it is published, before the list adds anything; None until `publish` has cut it."""
    counts: bool = False
    """Whether it is one of the list's posts, and so takes its number."""
    intents: list[Intent] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """Sentences for whoever asks later why the post went out as it did; they stand in its trace."""
    drop: Drop | None = None
    """Set by a handler that ends the road here; no later one is asked."""

    @classmethod
    def of(cls, candidate: Candidate, number: int, verdict: Verdict | None, now: datetime) -> "Draft":
        """The letter as it came, ready to be shaped."""
        parsed = candidate.parsed
        return cls(
            arrival=candidate.arrival,
            candidate=candidate,
            headers=parsed.headers.copy(),
            body=parsed.body,
            number=number,
            mark=secrets.token_hex(8),
            verdict=verdict,
            now=now,
        )

    def fork(self, gathered: Gathered) -> "Draft":
        """The copy for the members of a list that the list includes, as far as it has been shaped. What it appends is its own."""
        return replace(
            self,
            headers=self.headers.copy(),
            recipients=gathered.recipients,
            posted=gathered.posted,
            through=gathered.mlist,
            gathered=[],
            intents=[*self.intents],
            changes=[],
            remarks=[],
        )

    @property
    def received(self) -> bytes:
        """The letter as it came in."""
        return self.candidate.raw

    @property
    def parsed(self) -> Parsed:
        """The letter with the body as it stands. Read anew where a handler has changed that."""
        came = self.candidate.parsed
        return came if self.body is came.body else parse(self.headers.to_bytes() + self.body)

    @property
    def notes(self) -> dict[str, str]:
        """What rules noted, when the post came or now."""
        if self.verdict is not None:
            return self.verdict.notes
        notes: dict[str, str] = self.arrival.verdict.get("notes", {})
        return notes

    @property
    def kept(self) -> bytes:
        """A letter with the body as it stands: what came in or is published, and so is stored anyhow, where it has this body."""
        if self.body is self.candidate.parsed.body:
            return self.received
        if self.published is not None and self.published.endswith(self.body):
            return self.published
        return self.headers.to_bytes() + self.body

    def placeholder(self, name: str) -> str:
        return f"=#{self.mark}:{name}#="
