"""Which processes a site has. Each is a `manage.py` command; `manage.py up` runs them all, other hosts run what they like."""

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.management import get_commands


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody listens: a host, by name or number, and its port; or the path of a Unix socket as the host."""

    host: str
    port: int

    def __str__(self) -> str:
        return self.host if self.family == socket.AF_UNIX else f"{self.host}:{self.port}"

    @property
    def family(self) -> socket.AddressFamily:
        if self.host.startswith("/"):
            return socket.AF_UNIX
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    @property
    def where(self) -> str | tuple[str, int]:
        """As the socket module wants it."""
        return self.host if self.family == socket.AF_UNIX else (self.host, self.port)

    def listens(self) -> bool:
        """Whether somebody takes connections there."""
        with contextlib.suppress(OSError), socket.socket(self.family) as client:
            client.settimeout(1)
            client.connect(self.where)  # to a wildcard address: to this host
            return True
        return False


@dataclass(frozen=True, slots=True)
class Process:
    """A command that runs until SIGTERM. `port` names the settings of the address where it listens."""

    name: str
    command: tuple[str, ...]
    port: tuple[str, str] | None = None
    wanted: Callable[[bool], bool] = lambda demo: True

    @property
    def address(self) -> Address | None:
        return Address(getattr(settings, self.port[0]), getattr(settings, self.port[1])) if self.port else None

    @property
    def setting(self) -> str:
        """The environment variable that moves it elsewhere."""
        assert self.port and self.address
        return f"POSTHOUSE_{self.port[0 if self.address.family == socket.AF_UNIX else 1]}"


PROCESSES = (
    Process("lmtp", ("lmtp",), ("LMTP_HOST", "LMTP_PORT")),
    Process("work", ("work", "--lane", "work")),
    Process("send", ("work", "--lane", "send")),
    Process(
        "archive",
        ("work", "--lane", "archive"),
        wanted=lambda demo: bool(settings.ARCHIVERS or settings.NNTP_URL or settings.HTTP_DELIVERY),
    ),
    Process("sweep", ("sweep",)),
    Process("web", ("web",), ("WEB_HOST", "WEB_PORT")),
    Process("sandbox", ("sandbox",), ("SANDBOX_HOST", "SANDBOX_PORT"), wanted=lambda demo: demo),
)


def wanted(*, demo: bool) -> list[Process]:
    """The processes of this run, in the order they start."""
    commands = get_commands()
    return [process for process in PROCESSES if process.wanted(demo) and process.command[0] in commands]
