"""SpamAssassin's daemon: `SYMBOLS`, protocol 1.5 (spamd/PROTOCOL of its sources)."""

import re

from moderation.scanning.finding import Envelope, Finding, ScannerTrouble
from moderation.scanning.wire import connected

_SCORE = re.compile(rb"^Spam: *(\w+) *; *(-?[0-9.]+) */ *-?[0-9.]+ *\r?$", re.MULTILINE)


def scan(place: str, raw: bytes, envelope: Envelope, seconds: float) -> Finding:
    with connected(place, seconds) as line:
        line.send(b"SYMBOLS SPAMC/1.5\r\nContent-length: %d\r\n\r\n" % len(raw))
        line.send(raw)
        line.end()
        return read(line.read())


def read(answer: bytes) -> Finding:
    """Raises ScannerTrouble for anything but `SPAMD/1.1 0 EX_OK` with a score."""
    status, _, rest = answer.partition(b"\r\n")
    head, _, symbols = rest.partition(b"\r\n\r\n")
    score = _SCORE.search(head)
    if not status.startswith(b"SPAMD/") or status.split()[1:2] != [b"0"] or score is None:
        raise ScannerTrouble(f"spamd answered {status[:100]!r}")
    names = tuple(filter(None, symbols.decode("ascii", "replace").strip().split(",")))
    return Finding(float(score.group(2)), "spam" if score.group(1).lower() in (b"true", b"yes") else "ham", names)
