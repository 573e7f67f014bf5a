"""Outside scanners that judge a letter by its words and attachments: spamd, rspamd, clamd.

Asked where the site names one, outside any transaction and once a letter, a few letters at a time. Nobody waits longer than
SCANNER_TIMEOUT for a letter and PATIENCE for a run; a scanner that does not answer rests, so that a dead one costs one wait.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings

from moderation.scanning import clamd, rspamd, spamd
from moderation.scanning.finding import Envelope, Finding, ScannerTrouble

log = logging.getLogger(__name__)

REST = 30.0
"""Seconds for which a scanner that did not answer is not asked again."""

PATIENCE = 12.0
"""Seconds that all letters of a run may take together, so that no list waits for long behind another's scanners."""
AT_ONCE = 4
"""Letters of a run that a scanner has in hand at the same time."""

Scanner = Callable[[str, bytes, Envelope, float], Finding]
"""Where it listens, the letter, its envelope, seconds -> what it finds. Raises ScannerTrouble."""

SCANNERS: dict[str, Scanner] = {"spamassassin": spamd.scan, "rspamd": rspamd.scan, "clamav": clamd.scan}

_resting: dict[str, tuple[float, str]] = {}


def configured() -> Mapping[str, str]:
    """Name to where it listens, of the scanners that the site has."""
    places = {"spamassassin": settings.SPAMD, "rspamd": settings.RSPAMD, "clamav": settings.CLAMD}
    return {name: place for name, place in places.items() if place}


def examine(letters: Sequence[tuple[bytes, Envelope]]) -> list[dict[str, Finding]]:
    """What each of the site's scanners says of each letter, by its name; who says nothing has his trouble in his finding."""
    scanners = configured()
    if not scanners or not letters:
        return [{} for _ in letters]
    deadline = time.monotonic() + PATIENCE

    def ask_all(letter: tuple[bytes, Envelope]) -> dict[str, Finding]:
        return {name: _ask(name, place, *letter, deadline) for name, place in scanners.items()}

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(ask_all, letters))


def forget() -> None:
    """Ask again those that did not answer."""
    _resting.clear()


def _ask(name: str, place: str, raw: bytes, envelope: Envelope, deadline: float) -> Finding:
    now = time.monotonic()
    until, why = _resting.get(place, (0.0, ""))
    if until > now:
        return Finding(trouble=why)
    if now >= deadline:
        return Finding(trouble=f"it has taken {PATIENCE:g} s for other posts already")
    try:
        return SCANNERS[name](place, raw, envelope, min(settings.SCANNER_TIMEOUT, deadline - now))
    except (OSError, ScannerTrouble) as error:
        why = str(error) or type(error).__name__
        log.warning("scanner=%s at=%s does not answer: %s", name, place, why)
        _resting[place] = time.monotonic() + REST, why
        return Finding(trouble=why)
