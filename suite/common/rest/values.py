"""Values as they are written in requests, and back. A reader takes text, or what JSON had, and raises ValueError."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from suite.common.enums import WireChoices

Reader = Callable[[Any], Any]

_TRUE = frozenset({"true", "yes", "1", "on", "enabled", "enable"})
_FALSE = frozenset({"false", "no", "0", "off", "disabled", "disable"})
_LONGEST = timedelta(days=36525)
_PARTS = re.compile(
    r"(?:(?P<weeks>\d+)w)?(?:(?P<days>\d+)d)?(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)m)?(?:(?P<seconds>\d+(?:\.\d+)?)s)?"
)


def text(value: Any) -> str:
    """Any text without NUL and lone surrogates, which no database takes."""
    if not isinstance(value, str):
        raise ValueError("Text is wanted")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("Half of a character is in it")
    if "\0" in value:
        raise ValueError("There is a NUL character in it")
    return value


def name(value: Any) -> str:
    """A person's name. mailmanclient writes None for none."""
    return "" if value is None or value == "None" else text(value)


def boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"Invalid boolean value: {value}")


def integer(value: Any) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"[-+]?[0-9]{1,18}", str(value)):
        raise ValueError(f"Invalid number: {value}")
    return int(value)


def real(value: Any) -> float:
    """A number with or without a fraction; neither infinite nor none."""
    if isinstance(value, bool) or not re.fullmatch(r"[-+]?[0-9]{1,15}(\.[0-9]{0,15})?", str(value)):
        raise ValueError(f"Invalid number: {value}")
    return float(value)


def choice(kind: type[WireChoices]) -> Reader:
    """A member's name, in any letter case."""
    return lambda value: kind.from_wire(text(value))


def optional(reader: Reader) -> Reader:
    """The same; empty or null means None."""
    return lambda value: None if value in (None, "") else reader(value)


def duration(value: Any) -> timedelta:
    """`4w3d2h10m31.5s`, its parts in this order and at least one of them; a hundred years at most."""
    found = _PARTS.fullmatch(text(value))
    parts = {unit: float(count) for unit, count in found.groupdict().items() if count} if found else {}
    if not parts:
        raise ValueError(f"Invalid duration: {value}")
    try:
        length = timedelta(**parts)
    except OverflowError:
        length = timedelta.max
    if length > _LONGEST:
        raise ValueError(f"Invalid duration: {value}")
    return length


def uuid(value: Any) -> UUID:
    """As a hexadecimal number (API 3.1), with or without dashes, or as a decimal one (3.0)."""
    word = str(value)
    try:
        if re.fullmatch(r"[0-9]{33,39}", word):
            return UUID(int=int(word))
        return UUID(word) if re.fullmatch(r"[0-9a-fA-F]{32}|[0-9a-fA-F-]{36}", word) else UUID(int=int(word))
    except ValueError:
        raise ValueError(f"Invalid UUID: {word}") from None


def person(value: Any) -> UUID | str:
    """Somebody's address, or a user's id."""
    word = text(str(value))
    return word if "@" in word else uuid(word)


def spell(value: Any) -> Any:
    """A value for JSON: enumerations by name, durations as `7d` or `1d30.0s`, times as ISO 8601 in UTC without zone."""
    if isinstance(value, WireChoices):
        return value.wire
    if isinstance(value, timedelta):
        seconds = value.seconds + value.microseconds / 1_000_000
        return f"{value.days}d{seconds}s" if seconds else f"{value.days}d"
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat()
    return value
