"""rspamd over HTTP: POST /checkv2 with the letter, JSON back (rspamd.com/doc/developers/protocol.html)."""

import json
from urllib.parse import urlsplit

from moderation.scanning.finding import Envelope, Finding, ScannerTrouble
from moderation.scanning.wire import connected

NAMED = 20
"""Symbols that moderators see, the weightiest first."""


def scan(place: str, raw: bytes, envelope: Envelope, seconds: float) -> Finding:
    """`place` is a URL, as in http://127.0.0.1:11333."""
    url = urlsplit(place)
    head = [
        "POST /checkv2 HTTP/1.0",
        f"Host: {url.netloc}",
        f"Content-Length: {len(raw)}",
        f"From: {_plain(envelope.sender)}",
        f"Rcpt: {_plain(envelope.recipient)}",
    ]
    with connected(f"{url.hostname}:{url.port or 80}", seconds) as line:
        line.send("\r\n".join([*head, "", ""]).encode())
        line.send(raw)
        return read(line.read())


def _plain(address: str) -> str:
    """Addresses come from outside: nothing in them may end the field."""
    return address if address.isprintable() and address.isascii() else ""


def read(answer: bytes) -> Finding:
    """Raises ScannerTrouble for anything but 200 with an action."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.partition(b"\r\n")[0]
    if status.split()[1:2] != [b"200"]:
        raise ScannerTrouble(f"rspamd answered {status[:100]!r}")
    try:
        told = json.loads(body)
        symbols = sorted(told["symbols"].values(), key=lambda symbol: -abs(float(symbol["score"])))
        names = tuple(str(symbol["name"]) for symbol in symbols[:NAMED])
        return Finding(float(told["score"]), str(told["action"]), names)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ScannerTrouble(f"rspamd answered {body[:100]!r}") from error
