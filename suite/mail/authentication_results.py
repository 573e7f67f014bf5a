"""Authentication-Results fields: whose they are, and what they say (RFC 8601 §2.2)."""

import re
from collections.abc import Iterable

from suite.mail.headers import HeaderBlock

FIELD = "Authentication-Results"
_ID = re.compile(r'\s*(?:"([^"\\]+)"|([^\s;()"]+))\s*(?:[0-9]+\s*)?(?:;|\Z)')
_RESULT = re.compile(r"\s*([A-Za-z0-9-]+)\s*(?:/\s*[0-9]+\s*)?=\s*([A-Za-z]+)")
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[();]|[^"\\();]+', re.DOTALL)
_SPACE = re.compile(r"\s+")
_LONGEST = 4000
"""Octets of a value that is looked at."""


def split(value: bytes) -> tuple[str, list[str]]:
    """The authserv-id in lower case, empty where there is none, and the results, each as it is written, comments included."""
    text = value[:_LONGEST].decode("utf-8", "replace")
    found = _ID.match(_without_comments(text))
    if not found:
        return "", []
    _, *results = _pieces(text)
    return (found[1] or found[2]).lower(), [result for piece in results if (result := piece.strip())]


def method_and_result(result: str) -> tuple[str, str]:
    """("dkim", "pass") of `dkim=pass header.d=example.org`; empty where it is no result."""
    found = _RESULT.match(_without_comments(result))
    return (found[1].lower(), found[2].lower()) if found else ("", "")


def prop(result: str, name: str) -> str:
    """The value of a property, as of `header.d`; lower case, empty where it is not told."""
    found = re.search(rf"(?:\A|\s){re.escape(name)}\s*=\s*\"?([^\s;\"]+)", _without_comments(result), re.IGNORECASE)
    return found[1].lower() if found else ""


def results_of(headers: HeaderBlock, ids: Iterable[str]) -> list[str]:
    """What these services say in the letter, in order. Only who strips such fields of others may be asked for."""
    wanted = {identity.lower() for identity in ids}
    return [
        _SPACE.sub(" ", result)
        for value in headers.get_all(FIELD)
        for identity, results in (split(value),)
        if identity in wanted
        for result in results
        if method_and_result(result)[0]
    ]


def remove_claims_of(headers: HeaderBlock, identity: str) -> int:
    """Remove the fields that claim to be of this service (RFC 8601 §5); their number."""
    return headers.remove_if(lambda name, value: name == FIELD.lower() and split(value)[0] == identity.lower())


def written(identity: str, results: Iterable[str]) -> str:
    """The value of a field; a service that has checked nothing says none."""
    return "; ".join([identity, *(list(results) or ["none"])])


def _pieces(text: str) -> list[str]:
    """Cut at semicolons that stand in no comment and no quoted string."""
    pieces, depth = [""], 0
    for mark in _PIECE.findall(text):
        depth += (mark == "(") - (mark == ")" and depth > 0)
        if mark == ";" and not depth:
            pieces.append("")
        else:
            pieces[-1] += mark
    return pieces


def _without_comments(text: str) -> str:
    kept, depth = "", 0
    for mark in _PIECE.findall(text):
        depth += (mark == "(") - (mark == ")" and depth > 0)
        if not depth:
            kept += " " if mark == ")" else mark
    return kept
