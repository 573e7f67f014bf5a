"""Arguments of MAIL and RCPT (RFC 5321 §4.1.2, RFC 6531 §3.3): what stands between the angle brackets, and parameters."""

import re
from dataclasses import dataclass, field

LONGEST = 320  # characters: 64 of local part (a usual one), an at sign, 255 of domain; long VERP local parts fit too

_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_PATH = re.compile(rf'\s*<((?:{_QUOTED}|[^<>"\s])*+)>(?:\s+(.*))?')
_ROUTE = re.compile(r"@[^:]*:")
_PARAMETER = re.compile(r"([A-Za-z0-9][-A-Za-z0-9]*)(?:=([!-<>-~]+))?")


class BadSyntax(ValueError):
    """Not an argument of this verb."""


class BadAddress(ValueError):
    """In form an argument, but what is in the angle brackets is no address."""


@dataclass(frozen=True, slots=True)
class Path:
    """An address, empty for the null return path, and the parameters, keys in upper case."""

    address: str
    parameters: dict[str, str] = field(default_factory=dict)


def parse(argument: str, keyword: str) -> Path:
    """`FROM:<anne@example.org> SIZE=100` with keyword `FROM:`. A source route is left out (RFC 5321 §4.1.1.3)."""
    if argument[: len(keyword)].upper() != keyword:
        raise BadSyntax
    found = _PATH.fullmatch(argument, len(keyword))
    if found is None:
        raise BadSyntax
    address = _ROUTE.sub("", found[1], count=1) if found[1].startswith("@") else found[1]
    if len(address) > LONGEST or (address and not all(address.rpartition("@")[::2])):
        raise BadAddress
    return Path(address, _parameters(found[2]) if found[2] else {})


def _parameters(words: str) -> dict[str, str]:
    found = [_PARAMETER.fullmatch(word) for word in words.split()]
    if None in found:
        raise BadSyntax
    return {match[1].upper(): match[2] or "" for match in found if match}
