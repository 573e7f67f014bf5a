"""What all sessions share: the limits, who is here, and who may come in."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from delivery.lmtp import replies
from delivery.lmtp.directory import Directory
from delivery.lmtp.wire import Room
from delivery.lmtp.writer import Writer

if TYPE_CHECKING:
    from delivery.lmtp.protocol import Session

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Limits:
    """What sessions may cost us. `size` in bytes, `idle` in seconds, `commands` without a letter between them."""

    size: int
    sessions: int
    commands: int
    recipients: int
    idle: float

    @property
    def room(self) -> int:
        """Bytes of all letters in flight: four of the biggest, or many usual ones."""
        return max(4 * self.size, 128 * 1024 * 1024)


class Lobby:
    """One a process."""

    def __init__(
        self, *, host: str, limits: Limits, peers: Sequence[Network], directory: Directory, writer: Writer
    ) -> None:
        self.host = host
        self.limits = limits
        self.directory = directory
        self.writer = writer
        self.room = Room(limits.room)
        self.sessions: set[Session] = set()
        self.closing = False
        self._peers = peers

    def refuses(self, session: "Session") -> str | None:
        """Let this session in, or return the reply that turns it away.

        When all seats are taken, the one who has been quiet for the longest, outside of any transaction, makes room: idle
        connections cannot keep an MTA out.
        """
        if self.closing:
            return replies.CLOSING
        if not is_known(session.peer, self._peers):
            return replies.NOT_YOU
        if len(self.sessions) >= self.limits.sessions:
            waiting = [other for other in self.sessions if other.waits]
            if not waiting:
                return replies.FULL_HOUSE
            quietest = min(waiting, key=lambda other: other.heard_at)
            self.sessions.discard(quietest)
            quietest.hang_up(replies.FULL_HOUSE)
        self.sessions.add(session)
        return None


def is_known(peer: Any, networks: Sequence[Network]) -> bool:
    """This host, and hosts of these networks. A Unix socket's peers are local; an IPv4 address may come in IPv6 form."""
    if not isinstance(peer, tuple):
        return True
    address = ipaddress.ip_address(peer[0].partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or any(address in network for network in networks)
