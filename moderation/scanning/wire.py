"""A connection that ends in time: TCP as `host:port`, or a Unix socket's path."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from moderation.scanning.finding import ScannerTrouble

LONGEST = 256 * 1024
"""Octets of an answer that are read."""


class Line:
    """Sends and receives until the time is up; then TimeoutError, which is an OSError."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def send(self, octets: bytes) -> None:
        self._sock.settimeout(self._left())
        self._sock.sendall(octets)

    def end(self) -> None:
        """Nothing more is sent."""
        self._sock.shutdown(socket.SHUT_WR)

    def read(self) -> bytes:
        """Everything until the other side ends. Raises ScannerTrouble for more than LONGEST octets."""
        received = b""
        while True:
            self._sock.settimeout(self._left())
            piece = self._sock.recv(65536)
            received += piece
            if len(received) > LONGEST:
                raise ScannerTrouble("its answer has no end")
            if not piece:
                return received

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


@contextmanager
def connected(place: str, seconds: float) -> Iterator[Line]:
    deadline = time.monotonic() + seconds
    with _socket(place, seconds) as sock:
        yield Line(sock, deadline)


def _socket(place: str, seconds: float) -> socket.socket:
    if place.startswith("/"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(seconds)
        try:
            sock.connect(place)
        except OSError:
            sock.close()
            raise
        return sock
    host, _, port = place.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)
