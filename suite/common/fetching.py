"""Speaking to somebody else's web server, without becoming his tool against the hosts of our own network.

One GET or POST, no redirect, a name is resolved once and the address that was looked at is the one connected to. What belongs to
no public host (loopback, private, link-local, addresses that only wrap one of these) is refused unless the site's operator
asked. The whole exchange has one deadline, and the answer a greatest size. Never called inside a transaction.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import SplitResult, urlsplit

from suite.common.errors import SuiteError

SECONDS = 5.0
CONNECT_SECONDS = 10.0
"""For the connection alone, where the exchange may take longer."""
LIMIT = 64 * 1024  # octets
PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class FetchFailed(SuiteError):
    """Nothing came of it. `gone`: the server says that there is no such file."""

    code, http_status, temporary = "fetch-failed", 502, True

    def __init__(self, message: str, *, gone: bool = False) -> None:
        super().__init__(message)
        self.gone = gone


class ForbiddenAddress(FetchFailed):
    """A URL that may not be asked for at all."""

    code, http_status, temporary = "forbidden-address", 400, False


@dataclass(frozen=True, slots=True)
class Fetched:
    octets: bytes
    charset: str
    """As the server names it; may be empty or unknown."""


def fetch(
    url: str,
    *,
    username: str = "",
    password: str = "",
    trusted: bool = False,
    seconds: float | None = None,
    limit: int = LIMIT,
) -> Fetched:
    """What a GET of this http or https URL answers with 200; every other answer, and none, raises FetchFailed."""
    seconds = seconds or SECONDS
    fields = {"Accept-Encoding": "identity"}
    if username or password:
        fields["Authorization"] = "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")
    with _asked("GET", url, fields, None, trusted=trusted, seconds=seconds) as (answer, deadline):
        if answer.status != 200:
            raise FetchFailed(f"The server answers {answer.status}.", gone=answer.status in (404, 410))
        octets = answer.read(limit + 1)
        if deadline.over.is_set() or (answer.length and len(octets) <= limit):
            raise TimeoutError  # half of it
    if len(octets) > limit:
        raise FetchFailed(f"The answer is larger than {limit} octets.")
    return Fetched(octets, answer.headers.get_content_charset() or "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a POST was answered. Its body is nobody's business."""

    status: int
    retry_after: float | None
    """Seconds for which the server wants to be left alone (RFC 9110 §10.2.3); None where it says nothing of it."""


def post(url: str, body: bytes, fields: Mapping[str, str], *, trusted: bool = False, seconds: float) -> Answer:
    """What a POST of these octets to an http or https URL is answered, a redirect or a refusal included. Raises FetchFailed."""
    with _asked("POST", url, fields, body, trusted=trusted, seconds=seconds) as (answer, deadline):
        if deadline.over.is_set():
            raise TimeoutError  # half of its header
        return Answer(answer.status, _seconds_from_now(answer.headers.get("Retry-After", "")))


def _seconds_from_now(value: str) -> float | None:
    """Of a Retry-After field: seconds, or a date."""
    if value.isascii() and value.isdecimal() and len(value) < 10:
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    except (ValueError, OverflowError):
        return None


@contextlib.contextmanager
def _asked(
    method: str, url: str, fields: Mapping[str, str], body: bytes | None, *, trusted: bool, seconds: float
) -> Iterator[tuple[http.client.HTTPResponse, "_Deadline"]]:
    """The answer as far as its header, and the deadline under which the rest of it may be read. Raises FetchFailed."""
    parts, address = look(url, trusted=trusted)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts, address, seconds)
    try:
        with _Deadline(connection, seconds) as deadline:
            connection.connect()
            if deadline.over.is_set():  # in the handshake, where there was no socket to end
                raise TimeoutError
            # It may have answered before it had read all.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body=body, headers={"User-Agent": "Posthouse", **fields})
            deadline.socket = connection.sock  # which http.client forgets where the server will close
            yield connection.getresponse(), deadline
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise FetchFailed(f"The server does not answer: {type(error).__name__}") from error
    finally:
        connection.close()


def look(url: str, *, trusted: bool = False) -> tuple[SplitResult, str]:
    """The parts of a URL that may be asked for, and the one address that will be connected to.

    Raises ForbiddenAddress, and FetchFailed where the name leads nowhere.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ForbiddenAddress("This is no URL.") from error
    if parts.scheme not in PORTS or not host or not url.isascii() or not url.isprintable() or " " in url:
        raise ForbiddenAddress("An http or https URL is wanted.")
    if parts.username is not None or parts.password is not None:
        raise ForbiddenAddress("User and password do not belong into the URL.")
    if not trusted and port not in (None, *PORTS.values()):
        raise ForbiddenAddress("Only the ports 80 and 443 may be asked.")
    try:
        found = socket.getaddrinfo(host, port or PORTS[parts.scheme], type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchFailed(f"The host {host} is not found.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not trusted and not all(map(is_public, addresses)):
        raise ForbiddenAddress(f"The host {host} is not a public one.")
    return parts, addresses[0]


def is_public(address: str) -> bool:
    """Whether this is the address of a host on the Internet, and does not wrap another that is none."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
        if ip.ipv4_mapped:
            return True
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _connection(parts: SplitResult, address: str, seconds: float) -> http.client.HTTPConnection:
    """A connection that names the host and goes to the address."""
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    if parts.scheme == "http":
        plain = http.client.HTTPConnection(host, port, timeout=seconds)
        plain._create_connection = _to(address)  # type: ignore[attr-defined]  # http.client's own seam
        return plain
    secure = http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    secure._create_connection = _to(address)  # type: ignore[attr-defined]
    return secure


def _to(address: str) -> Callable[..., socket.socket]:
    def connect(
        target: tuple[str, int], timeout: float, source_address: tuple[str, int] | None = None
    ) -> socket.socket:
        began = time.monotonic()
        found = socket.create_connection((address, target[1]), min(timeout, CONNECT_SECONDS), source_address)
        found.settimeout(max(timeout - (time.monotonic() - began), 0.001))
        return found

    return connect


class _Deadline:
    """Ends the connection when the time is up, however steadily the server drips; `over` says whether it did."""

    def __init__(self, connection: http.client.HTTPConnection, seconds: float) -> None:
        self.connection, self.over = connection, threading.Event()
        self.socket: socket.socket | None = None
        self.timer = threading.Timer(seconds, self.end)
        self.timer.daemon = True

    def __enter__(self) -> Self:
        self.timer.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.timer.cancel()

    def end(self) -> None:
        self.over.set()
        if (open_socket := self.socket or self.connection.sock) is not None:
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
