"""What header checks see: every occurrence of a field, those of the parts too, as people read them; text and senders."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lists.enums import Action
from lists.patterns import SEARCHED, compiled
from suite.mail import limits, words
from suite.mail.content import body_text
from suite.mail.parse import Parsed

SENDER, TEXT = ":sender", ":text"
"""Names that no field can have: the addresses that the letter claims to come from, and its words."""
TEXT_SEARCHED = 100_000
"""Characters of the text that are looked through."""
OCCURRENCES = limits.FIELDS
"""Fields of one name that are looked at in one letter."""


@dataclass(frozen=True, slots=True)
class HeaderCheck:
    """One check: a field's name in small letters, a pattern that is searched for in its values, and what follows.

    The action is None where the site's default for header checks follows.
    """

    header: str
    pattern: str
    action: Action | None = None


def occurrences(parsed: Parsed, name: str) -> Iterator[str]:
    """The decoded values (RFC 2047) of this field, the letter's own before those of its parts (RFC 2046 §5.1)."""
    return itertools.islice(_all(parsed, name), OCCURRENCES)


def _all(parsed: Parsed, name: str) -> Iterator[str]:
    yield from map(_readable, parsed.headers.get_all(name))
    if parsed.structure is not None:
        for part in itertools.islice(parsed.structure.walk(), 1, None):
            yield from map(_readable, part.headers.get_all(name))


def _readable(value: bytes) -> str:
    return words.decode(value[: limits.FIELD])[:SEARCHED]


def found_in(values: Iterable[str], pattern: str) -> str | None:
    """The first value in which the pattern is found, in any letter case."""
    search = compiled(pattern)
    if search is None:
        return None
    return next((value for value in values if search.search(value) is not None), None)


def first_match(
    parsed: Parsed, checks: Iterable[HeaderCheck], senders: Iterable[str] = ()
) -> tuple[HeaderCheck, str] | None:
    """The first check that the letter meets, and the value that met it. `senders` are the addresses it comes from."""
    known: dict[str, list[str]] = {}
    for check in checks:
        if check.header not in known:
            known[check.header] = _values(parsed, check.header, senders)
        value = found_in(known[check.header], check.pattern)
        if value is not None:
            return check, value
    return None


def _values(parsed: Parsed, name: str, senders: Iterable[str]) -> list[str]:
    match name:
        case ":sender":
            return list(senders)
        case ":text":
            return [body_text(parsed, TEXT_SEARCHED)]
    return list(occurrences(parsed, name))


def read_checks(text: str) -> list[HeaderCheck]:
    """The checks of a text with one `Header: pattern` a line; empty lines and those that begin with # say nothing."""
    checks = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, pattern = line.partition(":")
        if colon and pattern.strip() and not line.startswith("#"):
            checks.append(HeaderCheck(name.strip().lower(), pattern.strip()))
    return checks
