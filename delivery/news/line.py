"""The connection to a news server: lines and blocks (RFC 3977 §3.1), each of which ends in time and in size."""

from __future__ import annotations

import socket
import time

from delivery.news.errors import NewsError, TooLarge
from delivery.news.server import NewsServer
from suite.mail.wire import TERMINATOR, dot_stuff, dot_unstuff

LINE = 4096
"""Octets of a line that answers a command; RFC 3977 §3.1 allows 512."""
RATE = 2000.0
"""Octets a second, the slowest that a block may come or go."""
_CHUNK = 65536
_END = b"\r\n.\r\n"


class Line:
    """One connection. Whatever goes wrong with it is a NewsError that names the server, and then it is of no more use."""

    def __init__(self, server: NewsServer, sock: socket.socket) -> None:
        self._server = server
        self._socket = sock
        self._buffer = b""

    @classmethod
    def connect(cls, server: NewsServer) -> Line:
        try:
            sock = socket.create_connection((server.host, server.port), server.connect_timeout)
        except (OSError, UnicodeError) as error:  # UnicodeError: a host name that cannot be one
            raise NewsError(f"cannot connect to {server}: {error}") from error
        line = cls(server, sock)
        if server.security == "tls":
            line.encrypt()
        return line

    def encrypt(self) -> None:
        """Wrap the connection in TLS. What came in clear behind the answer to STARTTLS was put there by somebody else."""
        if self._buffer:
            self.close()
            raise NewsError(f"{self._server} sent text in clear behind its answer to STARTTLS")
        try:
            self._socket.settimeout(self._server.connect_timeout)
            self._socket = self._server.tls_context().wrap_socket(self._socket, server_hostname=self._server.host)
        except (OSError, ValueError) as error:
            self.close()
            raise NewsError(f"no TLS with {self._server}: {error}") from error

    def close(self) -> None:
        self._socket.close()

    def send(self, command: str) -> None:
        self._send(f"{command}\r\n".encode(), 0)

    def send_block(self, block: bytes) -> None:
        """A letter or article, dots doubled where a line begins with one, and the dot that ends it."""
        stuffed = dot_stuff(block)
        self._send(stuffed + TERMINATOR, len(stuffed))

    def read(self) -> str:
        """One line without its end, printable."""
        deadline = time.monotonic() + self._server.timeout
        while b"\n" not in self._buffer:
            if len(self._buffer) > LINE:
                raise NewsError(f"{self._server} sent a line that does not end")
            self._buffer += self._receive(deadline)
        line, _, self._buffer = self._buffer.partition(b"\n")
        text = line.removesuffix(b"\r").decode("utf-8", "replace")
        return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)

    def read_block(self, limit: int) -> bytes:
        """The lines up to the dot, in CRLF, doubled dots made single. Raises TooLarge, having read to the end all the same."""
        deadline = time.monotonic() + self._server.timeout + limit / RATE
        kept, octets, size = [b"\r\n"], self._buffer, 0  # the first line may be the dot
        tail, self._buffer = b"\r\n", b""
        while True:
            seen = tail + octets
            found = seen.find(_END)
            if found >= 0:
                break
            size += len(octets)
            if size <= limit + len(_END):
                kept.append(octets)
            tail = seen[-len(_END) + 1 :]
            octets = self._receive(deadline)
        end = found + len(_END) - len(tail)
        kept.append(octets[:end])
        self._buffer = octets[end:]
        if size + end - len(TERMINATOR) > limit:
            raise TooLarge(f"an article has more than {limit} octets")
        return dot_unstuff(b"".join(kept)[2 : -len(TERMINATOR)])

    def _send(self, octets: bytes, size: int) -> None:
        try:
            self._socket.settimeout(self._server.timeout + size / RATE)
            self._socket.sendall(octets)
        except OSError as error:
            raise NewsError(f"lost the connection to {self._server}: {error}") from error

    def _receive(self, deadline: float) -> bytes:
        try:
            if (left := deadline - time.monotonic()) <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            octets = self._socket.recv(_CHUNK)
        except TimeoutError as error:
            raise NewsError(f"{self._server} does not answer in time") from error
        except OSError as error:
            raise NewsError(f"lost the connection to {self._server}: {error}") from error
        if not octets:
            raise NewsError(f"{self._server} has closed the connection")
        return octets
