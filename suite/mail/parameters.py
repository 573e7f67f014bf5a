"""Content-Type and Content-Disposition: the value and its parameters (RFC 2045 §5.1, RFC 2231), however broken."""

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from suite.mail import charsets, words

_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]++|\\.)*+)"?|([^;]*+))', re.DOTALL)
_COMMENT_BEHIND = re.compile(r"\s*\([^()]*\)\s*\Z")
_QUOTED_PAIR = re.compile(r'\\(["\\])')
_TYPE = re.compile(r"\s*([^\s;/\"()]+)\s*/\s*([^\s;,\"()]+)")
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?\Z")


@dataclass(frozen=True, slots=True)
class Parameterised:
    """``value`` in lower case without parameters; ``parameters`` by lower-case name, decoded."""

    value: str
    parameters: dict[str, str]

    def get(self, name: str) -> str:
        return self.parameters.get(name, "")


def content_type(raw: bytes | None, default: str = "text/plain") -> Parameterised:
    """The media type; ``default`` when the field is missing, ``text/plain`` when it is nonsense (RFC 2045 §5.2)."""
    if not raw:
        return Parameterised(default, {})
    text = charsets.to_text(raw)
    found = _TYPE.match(text)
    if not found:
        return Parameterised("text/plain", _parameters(text))
    return Parameterised(f"{found.group(1)}/{found.group(2)}".lower(), _parameters(text[found.end() :]))


def disposition(raw: bytes | None) -> Parameterised:
    """The disposition type, ``""`` when the field is missing."""
    if not raw:
        return Parameterised("", {})
    text = charsets.to_text(raw)
    value, _, _ = text.partition(";")
    return Parameterised(_COMMENT_BEHIND.sub("", value).strip().lower(), _parameters(text))


def _parameters(text: str) -> dict[str, str]:
    """The first of equal names counts; ``name*`` (RFC 2231) wins over ``name``."""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for match in _PARAMETER.finditer(text):
        name, quoted, bare = match.groups()
        value = _QUOTED_PAIR.sub(r"\1", quoted) if bare is None else _COMMENT_BEHIND.sub("", bare).strip()
        name = name.lower()
        section = _SECTION.match(name) if "*" in name else None
        if section and (section.group(2) or section.group(3)):
            pieces = sections.setdefault(section.group(1), {})
            pieces.setdefault(int(section.group(2) or 0), (bool(section.group(3)), value))
        else:
            plain.setdefault(name, value)
    return {**plain, **{name: _joined(pieces) for name, pieces in sections.items()}}


def _joined(pieces: dict[int, tuple[bool, str]]) -> str:
    """RFC 2231 §4.1: sections in order up to the first gap; the charset stands in the first."""
    charset = ""
    data = b""
    for number in range(len(pieces)):
        if number not in pieces:
            break
        extended, value = pieces[number]
        if extended and number == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data += unquote_to_bytes(value) if extended else value.encode("utf-8", "replace")
    return charsets.to_text(data, charset)


def boundary(type_: Parameterised) -> bytes:
    """What stands behind ``--`` in delimiter lines; empty when there is none."""
    return type_.get("boundary").rstrip().encode("utf-8", "surrogateescape")


def file_name(type_: Parameterised, disposition_: Parameterised) -> str:
    """The name a part was sent with, decoded (also the forbidden but common encoded words in quotes); not cleaned."""
    return words.decode(disposition_.get("filename") or type_.get("name"))
