"""The values that come out of reading a bounce."""

import enum
from dataclasses import dataclass, field


class Kind(enum.StrEnum):
    """What a letter to a bounce address is."""

    BOUNCE = "bounce"
    AUTOREPLY = "autoreply"
    COMPLAINT = "complaint"
    NONE = "none"


class Cause(enum.StrEnum):
    """Why a mailbox did not take a message. The first two speak of the mailbox, the policies of the message alone."""

    NO_MAILBOX = "no-mailbox"
    NO_DOMAIN = "no-domain"
    DISABLED = "disabled"
    FULL = "full"
    TOO_BIG = "too-big"
    AUTHENTICATION = "authentication"
    BLOCKLIST = "blocklist"
    CONTENT = "content"
    POLICY = "policy"
    UNREACHABLE = "unreachable"
    LOOP = "loop"
    OTHER = "other"


ABOUT_MESSAGE = frozenset({Cause.TOO_BIG, Cause.AUTHENTICATION, Cause.BLOCKLIST, Cause.CONTENT, Cause.POLICY})
"""Causes that say nothing of the mailbox: it may take the next message."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One mailbox that did not get the message, or has not got it yet (``permanent`` is False).

    ``also`` are other names of the same mailbox, ``status`` is "5.1.1" or "" (RFC 3463), ``code`` 550 or 0.
    """

    address: str
    permanent: bool = True
    cause: Cause = Cause.OTHER
    status: str = ""
    code: int = 0
    diagnostic: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """What a report shows of the message it speaks of; empty where it shows nothing. Ids are without brackets."""

    message_id: str = ""
    return_path: str = ""
    list_id: str = ""
    unsubscribe: str = ""
    senders: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report: its type in lower case ("abuse"), and whom it names (RFC 5965 §3)."""

    feedback_type: str
    recipients: tuple[str, ...] = ()
    mail_from: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One letter, read. ``delivered`` are mailboxes that are said to have got the message."""

    kind: Kind = Kind.NONE
    failures: tuple[Failure, ...] = ()
    delivered: tuple[str, ...] = ()
    returned: Returned = field(default_factory=Returned)
    complaint: Complaint | None = None

    @property
    def permanent(self) -> list[str]:
        return [failure.address for failure in self.failures if failure.permanent]

    @property
    def temporary(self) -> list[str]:
        return [failure.address for failure in self.failures if not failure.permanent]
