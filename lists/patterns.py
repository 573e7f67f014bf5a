"""Entries that name addresses: an address in any case, or a regular expression that begins with `^`.

Bans, acceptable aliases, the nonmember settings and header checks use patterns. They run in RE2, in linear time whatever they are
matched against, and in any letter case. What was brought along from Mailman and RE2 cannot read (look-around, back-references) is
marked as imported; it runs in `regex`, each search against a clock. One that was too slow rests, and whoever asked is told.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Protocol

import re2
import regex

from suite.mail import addresses

log = logging.getLogger(__name__)

IMPORTED = "(?#imported)"
"""Marks a pattern that RE2 refuses; to any other engine it is a comment."""
TIME_LIMIT = 0.05
"""Seconds that one search of an imported pattern may take."""
REST = 3600.0
"""Seconds for which a pattern that took longer is left out."""
SEARCHED = 10_000
"""Characters of one text that patterns are matched against."""

_resting: dict[str, float] = {}
_slow: ContextVar[set[str] | None] = ContextVar("slow", default=None)


class Pattern(Protocol):
    """What can be searched for. No answer of `search` but None and something else means anything."""

    def search(self, text: str) -> Any: ...


class Imported:
    """A pattern of another engine's, with a limit to its time."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self._compiled = regex.compile(pattern.replace(IMPORTED, "", 1), regex.IGNORECASE)

    def search(self, text: str) -> Any:
        """The match. None, and a line in the log, after TIME_LIMIT; then None at once until REST is over."""
        if _resting.get(self.pattern, 0) > time.monotonic():
            self._tell()
            return None
        try:
            return self._compiled.search(text, timeout=TIME_LIMIT)
        except TimeoutError:
            log.warning("pattern=%r took longer than %g s and rests for %g s", self.pattern, TIME_LIMIT, REST)
            _resting[self.pattern] = time.monotonic() + REST
            self._tell()
            return None

    def _tell(self) -> None:
        watcher = _slow.get()
        if watcher is not None:
            watcher.add(self.pattern)


@contextmanager
def noticing_slow_ones() -> Iterator[set[str]]:
    """Collects the patterns that were too slow, or rest because they were, while the block runs."""
    found: set[str] = set()
    token = _slow.set(found)
    try:
        yield found
    finally:
        _slow.reset(token)


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> Pattern | None:
    """The pattern ready to `search()`, in any letter case; None, and a line in the log, for one that is no pattern."""
    try:
        return compile_pattern(pattern)
    except (re2.error, regex.error) as error:
        log.warning("pattern=%r error=%r never matches", pattern, error)
        return None


def compile_pattern(pattern: str) -> Pattern:
    """Raises re2.error, or regex.error for one that is marked as imported."""
    if IMPORTED in pattern:
        return Imported(pattern)
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(pattern, options)


def imported(pattern: str) -> str:
    """A pattern of Mailman's as it is kept here: the same where RE2 takes it, else marked. Raises regex.error for none."""
    try:
        compile_pattern(pattern)
    except re2.error:
        regex.compile(pattern)
        return f"^{IMPORTED}{pattern[1:]}" if pattern.startswith("^") else IMPORTED + pattern
    return pattern


def matches(entry: str, address: str) -> bool:
    """Whether the entry names this address, which is given as `addresses.key()` makes it."""
    if not entry.startswith("^"):
        return addresses.key(entry) == address
    pattern = compiled(entry)
    return pattern is not None and pattern.search(address[:SEARCHED]) is not None


def first_match(entries: Sequence[str], address: str) -> str | None:
    """The first entry that names the address."""
    return next((entry for entry in entries if matches(entry, address)), None)
