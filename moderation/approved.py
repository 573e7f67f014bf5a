"""Where a letter shows the moderator's password: a header field, or the first line of a text.

Pure: the rule `approved` asks whether a password is right, the handler `cleanse` takes all of them away, right or wrong.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from suite.mail import charsets
from suite.mail.content import part_bytes
from suite.mail.html_text import html_to_text
from suite.mail.parse import Parsed
from suite.mail.structure import Part

FIELDS = ("Approved", "Approve", "X-Approved", "X-Approve")

_LINE = re.compile(r"(?:x-)?approved?:[ \t\xa0]*(\S.*)", re.IGNORECASE)
_GAP = r"(?:\s|\xc2?\xa0|&nbsp;|<[^<>]{0,200}>){0,20}"
_LONGEST_PASSWORD = 255


@dataclass(frozen=True, slots=True)
class Mark:
    """A password as it stands in the letter; `part` is the text whose first line it is, None for a header field."""

    password: str
    part: Part | None = None


def approved_marks(parsed: Parsed) -> list[Mark]:
    """All of them: those of the header, then those of the texts in their order. Of an opaque letter the header's only."""
    found = [Mark(value) for name in FIELDS if name in parsed.headers for value in parsed.headers.texts(name)]
    for part in _texts(parsed):
        password = _password_of_first_line(parsed.raw, part)
        if password:
            found.append(Mark(password, part))
    return [mark for mark in found if 0 < len(mark.password) <= _LONGEST_PASSWORD]


def body_without_marks(parsed: Parsed) -> bytes:
    """The body (with the blank line before it) without these lines; the very same bytes where it has none."""
    passwords = {mark.password for mark in approved_marks(parsed) if mark.part is not None}
    if not passwords:
        return parsed.body
    raw = parsed.raw
    for part in sorted(_texts(parsed), key=lambda part: part.start, reverse=True):
        data = part_bytes(raw, part)
        cleansed = _without(data, part, passwords)
        if cleansed != data:
            raw = raw[: part.start] + _encoded(cleansed, part) + raw[part.end :]
    return raw[len(parsed.raw) - len(parsed.body) :]


def _texts(parsed: Parsed) -> Iterator[Part]:
    if parsed.structure is None:
        return
    for part in parsed.structure.walk():
        if not part.children and part.content_type.startswith("text/"):
            yield part


def _password_of_first_line(raw: bytes, part: Part) -> str:
    data = part_bytes(raw, part)
    if b"pprove" not in data.lower():
        return ""
    text = charsets.to_text(data, part.type.get("charset"))
    if part.content_type == "text/html":
        text = html_to_text(text)
    found = _LINE.match(text.lstrip().partition("\n")[0])
    return found.group(1).strip() if found else ""


def _without(data: bytes, part: Part, passwords: set[str]) -> bytes:
    """The decoded text without `Approved: <one of the passwords>`; a line that held nothing else goes whole."""
    charset = charsets.codec(part.type.get("charset")) or "utf-8"
    text = data.decode("latin-1")  # byte by byte: what is not taken away stays as it is, whatever the charset
    for password in passwords:
        spellings = {re.escape(_latin(spelling, charset)) for spelling in (password, html.escape(password))}
        mark = rf"(?:x-)?approved?:{_GAP}(?:{'|'.join(sorted(spellings))})"
        text = re.sub(rf"^[ \t]*{mark}[ \t]*(?:\r?\n|\Z)|{mark}", "", text, flags=re.IGNORECASE | re.MULTILINE)
    return text.encode("latin-1")


def _latin(text: str, charset: str) -> str:
    return text.encode(charset, "replace").decode("latin-1")


def _encoded(data: bytes, part: Part) -> bytes:
    """Back into the part's transfer encoding (RFC 2045 §6)."""
    match part.encoding:
        case "base64":
            return base64.encodebytes(data).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
        case "quoted-printable":
            return binascii.b2a_qp(data, istext=True)
    return data
