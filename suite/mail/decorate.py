"""Header and footer texts of a list put into a letter (ledger of the field: join, append, or wrap).

A single text/plain body gets them inside; a multipart/mixed gets them as parts of its own; everything else (HTML,
alternatives, signed, encrypted) becomes the unchanged middle part of a new multipart/mixed, its bytes untouched.
"""

import re
import secrets

from suite.mail import charsets, limits
from suite.mail.content import part_bytes
from suite.mail.headers import HeaderBlock
from suite.mail.parse import Parsed, parse
from suite.mail.structure import Part
from suite.mail.transfer import base64_lines, quoted_printable

_TOKEN = re.compile(r"[-A-Za-z0-9_.!#$%&'+^`{|}~]{1,60}")
_PLAIN = re.compile(r"[ !#-\[\]-~]{1,200}")  # what needs no escape between quotes
_READABLE = frozenset({"", "7bit", "8bit", "binary", "quoted-printable", "base64"})


def add_text(
    raw_headers: HeaderBlock, body: bytes, *, header_text: str, footer_text: str, as_is: bool = False
) -> tuple[HeaderBlock, bytes]:
    """A new header block and body with the texts in place; ``body`` begins with the blank line, before and after.

    Empty texts change nothing. A letter that is over a reading limit is returned unchanged. With ``as_is`` the texts hold
    placeholders that are filled with UTF-8 later: they go in byte by byte, without transfer encoding, and so does the
    letter's own text where they join it.
    """
    if not header_text and not footer_text:
        return raw_headers, body
    parsed = parse(raw_headers.to_bytes() + body)
    root = parsed.structure
    if root is None:
        return raw_headers, body
    headers = raw_headers.copy()
    headers.end_last_line()
    header_text, footer_text = _crlf(header_text), _crlf(footer_text)
    if _is_plain(root):
        joined = _join(parsed.raw, root, headers, header_text, footer_text, as_is)
        if joined is not None:
            return headers, joined
    return headers, _beside(headers, parsed, root, body, header_text, footer_text, as_is=as_is)


def _beside(
    headers: HeaderBlock, parsed: Parsed, root: Part, body: bytes, header_text: str, footer_text: str, *, as_is: bool
) -> bytes:
    """The texts as parts of a multipart/mixed, the letter's own or one around it."""
    parts = _text_parts(header_text, footer_text, as_is)
    if root.content_type == "multipart/mixed" and root.is_multipart and root.closed:
        if as_is and root.encoding:
            headers.replace("Content-Transfer-Encoding", "8bit")
        return _append(parsed.raw, root, body, *parts)
    return _wrap(headers, parsed.raw[root.start :], *parts, as_is)


def add_part(raw_headers: HeaderBlock, body: bytes, text: str) -> tuple[HeaderBlock, bytes]:
    """A new header block and body with the text as a last part of its own, whatever the letter is made of."""
    parsed = parse(raw_headers.to_bytes() + body)
    root = parsed.structure
    if root is None:
        return raw_headers, body
    headers = raw_headers.copy()
    headers.end_last_line()
    return headers, _beside(headers, parsed, root, body, "", _crlf(text), as_is=False)


def _is_plain(root: Part) -> bool:
    return root.content_type == "text/plain" and root.disposition.value != "attachment"


# --- join -------------------------------------------------------------------------------------------------------------


def _join(
    raw: bytes, root: Part, headers: HeaderBlock, header_text: str, footer_text: str, as_is: bool
) -> bytes | None:
    """The three texts in one body, or None when the letter's own text cannot be read faithfully."""
    label = root.type.get("charset") or "us-ascii"
    codec = charsets.codec(label)
    if root.encoding not in _READABLE:
        return None
    data = part_bytes(raw, root)
    try:
        text = data.decode(codec or "ascii")
    except UnicodeError:
        return None
    text = _crlf(text)
    if root.type.get("format").lower() == "flowed":
        header_text, text, footer_text = _stuffed(header_text), _unflowed(text), _stuffed(footer_text)
    whole = _ended(header_text) + _ended(text) + footer_text
    if as_is:
        return _unencoded(headers, root, whole)
    octets = _encoded(whole, label)
    if octets is None:
        octets = whole.encode("utf-8", "replace")
        _set_charset(headers, root, "utf-8")
    return b"\r\n" + _transfer_encoded(headers, octets, root.encoding)


def _unencoded(headers: HeaderBlock, root: Part, text: str) -> bytes | None:
    """The body in UTF-8 without transfer encoding, and a header that says so; None where a line is too long for that."""
    octets = text.encode("utf-8", "replace")
    if _longest_line(octets) > limits.HEADER_LINE:
        return None
    _set_charset(headers, root, "utf-8")
    headers.replace("Content-Transfer-Encoding", "8bit")
    return b"\r\n" + octets


def _encoded(text: str, label: str) -> bytes | None:
    codec = charsets.exact_codec(label)
    try:
        return text.encode(codec) if codec else None
    except UnicodeError:
        return None


def _set_charset(headers: HeaderBlock, root: Part, charset: str) -> None:
    """Another charset in Content-Type; format, delsp and whatever else can be written plainly stay."""
    kept = "".join(
        f"; {name}={value}" if _TOKEN.fullmatch(value) else f'; {name}="{value}"'
        for name, value in root.type.parameters.items()
        if name != "charset" and _TOKEN.fullmatch(name) and _PLAIN.fullmatch(value)
    )
    headers.replace("Content-Type", f"text/plain; charset={charset}{kept}")
    if "MIME-Version" not in headers:
        headers.append("MIME-Version", "1.0")


def _transfer_encoded(headers: HeaderBlock, octets: bytes, encoding: str) -> bytes:
    """The octets in the letter's own transfer encoding; 7bit becomes 8bit when it must."""
    if encoding == "base64":
        return base64_lines(octets)
    if encoding == "quoted-printable":
        return quoted_printable(octets)
    if not octets.isascii() and encoding in ("", "7bit"):
        headers.replace("Content-Transfer-Encoding", "8bit")
    return octets


# --- append -----------------------------------------------------------------------------------------------------------


def _append(raw: bytes, root: Part, body: bytes, header: bytes, footer: bytes) -> bytes:
    """Parts in front of the first delimiter and before the closing one; every other octet stays."""
    shift = len(raw) - len(body)
    first = root.first_delimiter - shift
    closing = body.rindex(b"--" + root.boundary + b"--", 0, root.close_end - shift)
    delimiter = b"--" + root.boundary + b"\r\n"
    head = delimiter + header if header else b""
    tail = delimiter + footer if footer else b""
    return body[:first] + head + body[first:closing] + tail + body[closing:]


# --- wrap -------------------------------------------------------------------------------------------------------------


def _wrap(headers: HeaderBlock, content: bytes, header: bytes, footer: bytes, as_is: bool) -> bytes:
    """The letter's content as one part; its Content-* fields move there byte by byte."""
    moved = b"".join(_ended_bytes(chunk) for name, chunk in headers.raw_fields() if name.startswith("content-"))
    headers.remove_if(lambda name, _: name.startswith("content-"))
    boundary = f"=_{secrets.token_hex(16)}"
    headers.replace("MIME-Version", "1.0")
    headers.append("Content-Type", f'multipart/mixed; boundary="{boundary}"')
    if not content.isascii() or as_is:
        headers.append("Content-Transfer-Encoding", "8bit")
    delimiter = f"--{boundary}\r\n".encode("ascii")
    pieces = [b"\r\n"]
    if header:
        pieces += [delimiter, header]
    pieces += [delimiter, moved, b"\r\n", content, b"\r\n"]
    if footer:
        pieces += [delimiter, footer]
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    return b"".join(pieces)


def _text_parts(header_text: str, footer_text: str, as_is: bool) -> tuple[bytes, bytes]:
    """Header and footer as parts; nothing for an empty text."""
    return (
        _text_part(header_text, as_is) if header_text else b"",
        _text_part(footer_text, as_is) if footer_text else b"",
    )


def _text_part(text: str, as_is: bool) -> bytes:
    """An inline text/plain part, in 7 bits unless ``as_is``; the line end before the next delimiter included."""
    octets = text.encode("utf-8", "replace")
    charset, encoding = ("us-ascii" if octets.isascii() and not as_is else "utf-8"), "7bit"
    if as_is:
        encoding = "8bit"
    elif not octets.isascii() or _longest_line(octets) > limits.HEADER_LINE:
        encoding, octets = "quoted-printable", quoted_printable(octets)
    fields = (
        f'Content-Type: text/plain; charset="{charset}"\r\n'
        "MIME-Version: 1.0\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n"
        "Content-Disposition: inline\r\n\r\n"
    )
    return fields.encode("ascii") + _ended_bytes(octets)


# --- small things -----------------------------------------------------------------------------------------------------


def _crlf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def _longest_line(octets: bytes) -> int:
    return max(map(len, octets.split(b"\r\n")))


def _ended(text: str) -> str:
    return text if not text or text.endswith("\r\n") else text + "\r\n"


def _ended_bytes(octets: bytes) -> bytes:
    return octets if octets.endswith(b"\n") else octets + b"\r\n"


def _unflowed(text: str) -> str:
    """The last line must not flow into what follows; only a signature's separator keeps its space (RFC 3676 §4.3)."""
    if not text.rstrip("\r\n").endswith(" ") or text.endswith("-- \r\n"):
        return text
    return text.rstrip("\r\n ") + "\r\n"


def _stuffed(text: str) -> str:
    """RFC 3676 §4.4: lines that begin with space, ``>`` or ``From `` get a space; trailing spaces would flow, so go."""
    lines = (line.rstrip(" ") if line != "-- " else line for line in text.split("\r\n"))
    return "\r\n".join(f" {line}" if line.startswith((" ", ">", "From ")) else line for line in lines)
