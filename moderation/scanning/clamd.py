"""ClamAV's daemon: INSTREAM, the letter in chunks behind their lengths (clamd(8))."""

import re

from moderation.scanning.finding import Envelope, Finding, ScannerTrouble
from moderation.scanning.wire import connected

CHUNK = 1024 * 1024

_FOUND = re.compile(r"stream: (.+) FOUND")


def scan(place: str, raw: bytes, envelope: Envelope, seconds: float) -> Finding:
    with connected(place, seconds) as line:
        line.send(b"zINSTREAM\0")
        for start in range(0, len(raw), CHUNK):
            chunk = raw[start : start + CHUNK]
            line.send(len(chunk).to_bytes(4, "big") + chunk)
        line.send(b"\0\0\0\0")
        return read(line.read())


def read(answer: bytes) -> Finding:
    """Raises ScannerTrouble for anything but OK and FOUND, as when the letter is larger than it takes."""
    text = answer.decode("utf-8", "replace").strip("\0\r\n ")
    if text == "stream: OK":
        return Finding(action="clean")
    found = _FOUND.fullmatch(text)
    if found is None:
        raise ScannerTrouble(f"clamd answered {text[:100]!r}")
    return Finding(action="found", names=(found.group(1),))
