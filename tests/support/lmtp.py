"""The LMTP door for tests: opened in this process or in one of its own, and a client that says just what it is told.

with open_door() as door, Client(door.address) as client:
    assert client.ask("LHLO mx.example.com").endswith("SMTPUTF8")
"""

import asyncio
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

from delivery.lmtp.lobby import Limits
from delivery.lmtp.server import Config, serve
from tests.support.commands import start
from tests.support.waiting import PATIENCE

Address = tuple[str, int] | str
"""Host and port, or the path of a Unix socket."""


@dataclass(frozen=True)
class Door:
    address: Address


@contextmanager
def open_door(config: Config | None = None, **limits: Any) -> Iterator[Door]:
    """A door in a thread of this process, on a free port; the words are fields of Limits."""
    config = config or Config.from_settings()
    config = replace(config, port=0, limits=replace(config.limits, **limits))
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    opened: list[str] = []
    ready = threading.Event()

    def say(place: str) -> None:
        opened.append(place)
        ready.set()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve(config, say, stop)])
    thread.start()
    try:
        assert ready.wait(PATIENCE), "the door did not open"
        yield Door(_address(opened[0]))
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@contextmanager
def door_process(**environment: str) -> Iterator[tuple[Door, subprocess.Popen[bytes]]]:
    """`manage.py lmtp` on a free port and the test database; killed at the end where it still runs."""
    with start("lmtp", stdin=subprocess.DEVNULL, **{"POSTHOUSE_LMTP_PORT": "0"} | environment) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            found = re.fullmatch(r"The LMTP door is open on (.*)\.\n", line)
            assert found, f"{line!r} instead of an open door"
            yield Door(_address(found[1])), process
        finally:
            process.kill()


class Client:
    """Speaks in lines and listens for whole replies. `None` for a reply means that the door has hung up."""

    def __init__(self, address: Address) -> None:
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(address)
        self._heard = self.socket.makefile("rb")
        self.greeting = self.reply()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._heard.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reply(self) -> str | None:
        """The next reply; its lines are joined by a bar."""
        lines: list[str] = []
        while not lines or lines[-1][3:4] == "-":
            try:
                line = self._heard.readline()
            except ConnectionResetError:
                line = b""
            if not line:
                return None
            lines.append(line.decode().removesuffix("\r\n"))
        return "|".join(lines)

    def replies(self, count: int) -> list[str | None]:
        return [self.reply() for _ in range(count)]

    def ask(self, line: str) -> str | None:
        self.send(line.encode() + b"\r\n")
        return self.reply()

    def begin(self, *recipients: str, sender: str = "bart@example.com") -> list[str | None]:
        """LHLO, MAIL, RCPT and DATA in one segment; the replies to RCPT and DATA."""
        lines = ["LHLO mx.example.com", f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{one}>" for one in recipients), "DATA"]
        self.send("".join(f"{line}\r\n" for line in lines).encode())
        return self.replies(len(lines))[2:]

    def deliver(self, letter: bytes, *recipients: str, sender: str = "bart@example.com") -> list[str | None]:
        """A whole transaction; one reply for each of its accepted recipients. The letter is empty or ends with CRLF."""
        accepted = [reply for reply in self.begin(*recipients, sender=sender)[:-1] if reply and reply.startswith("250")]
        stuffed = (b"\r\n" + letter).replace(b"\r\n.", b"\r\n..")[2:]
        self.send(stuffed + b".\r\n")
        return self.replies(len(accepted))


def codes(replies: list[str | None]) -> list[str]:
    """The basic codes."""
    return [(reply or "gone")[:4].strip() for reply in replies]


def limits(**some: Any) -> Limits:
    """The settings' limits, some of them otherwise."""
    return replace(Config.from_settings().limits, **some)


def _address(place: str) -> Address:
    if place.startswith("/"):
        return place
    host, port = place.rsplit(":", 1)
    return host, int(port)
