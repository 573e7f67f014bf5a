"""A letter for a relay without 8BITMIME: not one octet over 127 is left, and readers see the same (RFC 6152 §3).

The letter is edited along the offsets of its parts. What is in seven bits already stays byte by byte; a signature over
something that is not (DKIM, multipart/signed) breaks, which only the signer could have prevented (RFC 3156 §3).
"""

import hashlib
import re
from urllib.parse import quote

from suite.mail import charsets, parameters
from suite.mail.content import part_bytes
from suite.mail.headers import HeaderBlock, decode, encode, is_structured
from suite.mail.parameters import Parameterised
from suite.mail.parse import Parsed, parse
from suite.mail.structure import ENCLOSING, Part
from suite.mail.transfer import base64_lines, quoted_printable
from suite.mail.wire import normalise_newlines

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_QUESTION_MARKS = bytes(range(128)) + b"?" * 128
_COMPOSITE = ("multipart/", "message/")
_UNKNOWN = "text/plain; charset=unknown-8bit"
"""RFC 1428 §3: text of which nobody says how it is written."""
_SECTION = 20
"""Characters of a parameter in one section: at most 240 octets (RFC 2231 §3)."""
_QUOTED_LENGTH = 200
_TOKEN = re.compile(r"[!-~]+")


def to_seven_bit(header: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Header block and body (from the blank line on) in ASCII; the very objects where they are in ASCII already.

    Text becomes quoted-printable with line ends in CRLF, everything else base64; what contains parts is then 7bit. Raw
    text in header fields becomes encoded words (RFC 2047) or extended parameters (RFC 2231); an address that is not
    ASCII becomes words, too, and is none any more, for SMTPUTF8 alone could carry it. A letter or part that says it
    has parts and shows none (one over a reading limit, too) goes as the text it is made of. Never raises.
    """
    if header.isascii() and body.isascii():
        return header, body
    parsed = parse(header + body)
    return _converted(parsed.raw, parsed.structure or _opaque(parsed), is_letter=True)


def _opaque(parsed: Parsed) -> Part:
    """A letter whose parts nobody looks at, as one part."""
    blank_line = re.match(rb"\r\n|\n|\r", parsed.body)
    start = len(parsed.raw) - len(parsed.body) + (blank_line.end() if blank_line else 0)
    type_ = parameters.content_type(parsed.headers.get("Content-Type"))
    return Part("", parsed.headers, type_, start, len(parsed.raw))


def _converted(raw: bytes, part: Part, *, is_letter: bool) -> tuple[bytes, bytes]:
    """The part's header block, and what follows it, blank line included. Letters alone have MIME-Version."""
    header = part.headers.to_bytes()
    blank_line = raw[part.header_start + len(header) : part.start]
    content = raw[part.start : part.end]
    if header.isascii() and content.isascii():
        return header, blank_line + content
    headers = _ascii_fields(part)
    if not content.isascii():
        content = _parts(raw, part, headers) if part.children else _leaf(raw, part, headers)
        if is_letter and "MIME-Version" not in headers:
            headers.append("MIME-Version", "1.0")
    return headers.to_bytes(), blank_line + content


# --- content ----------------------------------------------------------------------------------------------------------


def _parts(raw: bytes, part: Part, headers: HeaderBlock) -> bytes:
    """A multipart or an enclosed letter. What stands between its parts is shown to nobody."""
    if part.encoding not in ("", "7bit"):
        headers.replace("Content-Transfer-Encoding", "7bit")  # RFC 2045 §6.4: the only one it may have then
    delimiter, ascii_delimiter = b"--" + part.boundary, b"--" + _ascii_boundary(part.boundary)
    pieces = []
    position = part.start
    for child in part.children:
        between = raw[position : child.header_start].replace(delimiter, ascii_delimiter)
        pieces += [
            between.translate(_QUESTION_MARKS),
            *_converted(raw, child, is_letter=part.content_type in ENCLOSING),
        ]
        position = child.end
    rest = raw[position : part.end].replace(delimiter, ascii_delimiter)
    return b"".join([*pieces, rest.translate(_QUESTION_MARKS)])


def _leaf(raw: bytes, part: Part, headers: HeaderBlock) -> bytes:
    """A part without parts, encoded anew. Composite types allow no encoding (RFC 2045 §6.4), so they become text."""
    octets = part_bytes(raw, part)
    is_text = part.content_type.startswith(("text/", *_COMPOSITE)) and part.encoding != "base64"
    if part.content_type.startswith(_COMPOSITE) and part.encoding not in ("base64", "quoted-printable"):
        headers.replace("Content-Type", _UNKNOWN)
    elif "Content-Type" not in headers:
        headers.replace("Content-Type", "text/plain; charset=utf-8" if _is_utf8(octets) else _UNKNOWN)
    if is_text and b"\0" not in octets:
        headers.replace("Content-Transfer-Encoding", "quoted-printable")
        return quoted_printable(normalise_newlines(octets))
    headers.replace("Content-Transfer-Encoding", "base64")
    return base64_lines(octets).removesuffix(b"\r\n")


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _ascii_boundary(boundary: bytes) -> bytes:
    return boundary if boundary.isascii() else b"=_" + hashlib.sha256(boundary).hexdigest()[:32].encode()


# --- header -----------------------------------------------------------------------------------------------------------


def _ascii_fields(part: Part) -> HeaderBlock:
    lines = [_ascii_field(name, chunk, part.boundary) for name, chunk in part.headers.raw_fields()]
    return HeaderBlock.parse(b"".join(lines))


def _ascii_field(name: str, chunk: bytes, boundary: bytes) -> bytes:
    """One field with its line end; one that needs no change is returned."""
    if chunk.isascii() and (boundary.isascii() or name != "content-type"):
        return chunk
    if not name:  # a stray line, or mbox's From
        return chunk.translate(_QUESTION_MARKS)
    [(written, value)] = HeaderBlock.parse(chunk).fields()
    try:
        field = encode(written, _text(name, value, boundary), structured=is_structured(name))
    except ValueError:  # a unit too long for any line
        field = b"\xff"
    return field if field.isascii() else encode(written, decode(value))


def _text(name: str, value: bytes, boundary: bytes) -> str:
    """What the field says, as far as encoding it needs to know: words in fields for machines stay as they are."""
    match name:
        case "content-type":
            type_ = parameters.content_type(value)
            own = {"boundary": _ascii_boundary(boundary).decode()} if boundary else {}
            return _with_parameters(Parameterised(type_.value, type_.parameters | own))
        case "content-disposition":
            return _with_parameters(parameters.disposition(value))
    return _CONTROLS.sub(" ", charsets.to_text(value)) if is_structured(name) else decode(value)


def _with_parameters(field: Parameterised) -> str:
    value = _CONTROLS.sub(" ", field.value).encode("ascii", "replace").decode()
    return "; ".join(
        [value, *(_parameter(name, text) for name, text in field.parameters.items() if _TOKEN.fullmatch(name))]
    )


def _parameter(name: str, text: str) -> str:
    """In quotes, or percent-encoded and in sections where it is long (RFC 2231 §3, §4)."""
    text = _CONTROLS.sub(" ", text)
    if text.isascii() and len(text) <= _QUOTED_LENGTH:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{escaped}"'
    sections = [quote(text[at : at + _SECTION], safe="") for at in range(0, len(text), _SECTION)]
    sections[0] = f"utf-8''{sections[0]}"
    if len(sections) == 1:
        return f"{name}*={sections[0]}"
    return "; ".join(f"{name}*{number}*={section}" for number, section in enumerate(sections))
