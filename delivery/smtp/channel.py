"""The connection to a relay: a blocking socket, TLS over it, and the replies that come back.

Every wait has an end. Whatever goes wrong ends as an `SmtpError` that names the relay.
"""

from __future__ import annotations

import socket
import ssl
import time

from delivery.smtp.errors import ConnectionLost, ProtocolError, RelayUnavailable
from delivery.smtp.relay import Relay
from delivery.smtp.replies import CLOSING, Reply, ReplyReader

_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux
_CHUNK = 65536
_JOINED = 262144  # octets up to which copying is cheaper than one more write
_LAST_WORDS = 5.0  # seconds in which a relay that takes no more may still say why


class Channel:
    """One connection. Once closed it stays closed."""

    def __init__(self, relay: Relay, sock: socket.socket) -> None:
        self._relay = relay
        self._socket = sock
        self._reader = ReplyReader()
        self.closed = False
        self.encrypted = False
        self.deaf = False
        """Whether a write has failed: its last octet has not reached the relay."""

    @classmethod
    def connect(cls, relay: Relay) -> Channel:
        """Connect, with TLS from the first byte where the relay has it. Raises RelayUnavailable."""
        source = (relay.source_address, 0) if relay.source_address else None
        try:
            sock = socket.create_connection((relay.host, relay.port), relay.connect_timeout, source)
        except (OSError, UnicodeError) as error:  # UnicodeError: a host name that cannot be one
            raise RelayUnavailable(f"cannot connect to {relay}: {error}") from error
        channel = cls(relay, sock)
        try:
            # A group of commands must not wait for the acknowledgement of the one before.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if relay.security == "tls":
                channel.encrypt()
        except BaseException:
            channel.close()
            raise
        return channel

    def encrypt(self) -> None:
        """Wrap the connection in TLS. Raises RelayUnavailable, also when the relay spoke before its time.

        What came in clear behind the reply to STARTTLS was put there by somebody else (CVE-2011-0411 and its like).
        """
        if self._reader.pending:
            raise RelayUnavailable(f"{self._relay} sent text in clear behind its reply to STARTTLS")
        try:
            self._socket.settimeout(self._relay.connect_timeout)
            self._socket = self._relay.tls_context().wrap_socket(self._socket, server_hostname=self._relay.host)
        except (OSError, ValueError) as error:
            raise RelayUnavailable(f"no TLS with {self._relay}: {error}") from error
        self.encrypted = True

    @property
    def local_address(self) -> str:
        return str(self._socket.getsockname()[0])

    @property
    def pending(self) -> bool:
        """Whether the relay has said more than was asked."""
        return self._reader.pending

    @property
    def lines(self) -> list[str]:
        """The lines of the last multi-line reply."""
        return self._reader.lines

    def write(self, *parts: bytes) -> None:
        """Send all parts, in one write unless they are large. Raises ConnectionLost when the relay takes them too slow.

        A connection found broken is no error yet: what the relay said before it closed is still to be read, and the
        read that finds the end will tell.
        """
        size = sum(map(len, parts))
        if self.closed or self.deaf or not size:
            return
        try:
            self._socket.settimeout(self._relay.timeouts.block + size / self._relay.timeouts.rate)
            for part in (b"".join(parts),) if size <= _JOINED else parts:
                self._socket.sendall(part)
        except TimeoutError as error:
            self.close()
            raise ConnectionLost(f"{self._relay} takes no more data") from error
        except OSError:
            self.deaf = True

    def reply(self, timeout: float) -> Reply:
        """The next reply, whole within `timeout` seconds. Raises ConnectionLost, ProtocolError."""
        try:
            reply = self._reader.take()
            if reply is None:
                deadline = time.monotonic() + (_LAST_WORDS if self.deaf else timeout)
                while reply is None:
                    self._reader.feed(self._receive(deadline))
                    reply = self._reader.take()
        except ProtocolError as error:
            raise ProtocolError(f"{self._relay} sent {error}") from None
        return reply

    def collect(self, heard: list[Reply], count: int, timeout: float) -> None:
        """Append `count` replies to `heard`. Raises ConnectionLost at a 421 as well, and keeps what came before it."""
        ready = self._reader.ready
        for _ in range(count):
            reply = ready.popleft() if ready else self.reply(timeout)
            if reply.code == CLOSING:
                raise ConnectionLost(f"{self._relay} closes the session", reply)
            heard.append(reply)

    def is_quiet(self) -> bool:
        """Whether the connection stands and nothing was said on it. Does not wait."""
        if self.closed or self.deaf or self.pending:
            return False
        try:
            self._socket.settimeout(0)
            self._reader.feed(self._socket.recv(_CHUNK))  # TLS reads its own records here: nothing to feed then
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        self.closed = True
        self._socket.close()

    def _acknowledge(self) -> None:
        """Say now that it was heard: a relay that writes reply by reply would wait 40 ms for our delayed acknowledgement.

        The kernel forgets the wish with each read, so it is told each time.
        """
        if _QUICKACK is not None:
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _receive(self, deadline: float) -> bytes:
        remaining = deadline - time.monotonic()
        if self.closed:
            raise ConnectionLost(f"the connection to {self._relay} is closed")
        try:
            if remaining <= 0:
                raise TimeoutError
            self._socket.settimeout(remaining)
            chunk = self._socket.recv(_CHUNK)
            self._acknowledge()
        except TimeoutError as error:
            raise ConnectionLost(f"{self._relay} does not answer in time") from error
        except OSError as error:
            raise ConnectionLost(f"lost the connection to {self._relay}: {error}") from error
        if not chunk:
            raise ConnectionLost(f"{self._relay} has closed the connection")
        return chunk
