"""What a letter says and carries: its text and its attachments, for archive, rules and robots."""

import binascii
import hashlib
import re
import unicodedata
from dataclasses import dataclass

from suite.mail import charsets, limits, parameters
from suite.mail.html_text import html_to_text
from suite.mail.parse import Parsed
from suite.mail.structure import Part
from suite.mail.words import decode_base64

# What a text column does not take (NUL, surrogates), what no reader should get, and what turns the reading direction.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_NAME_UNWANTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_HTML_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([-\w]{1,40})", re.IGNORECASE)
_EXTENSIONS = {
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/x-patch": ".patch",
    "text/x-diff": ".diff",
    "application/pgp-signature": ".asc",
    "application/pgp-keys": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
}
_PATCHES = frozenset({"text/x-patch", "text/x-diff"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the letter's text. ``index`` is its place in the tree ("2.1"), ``size`` in decoded octets."""

    index: str
    name: str
    content_type: str
    size: int
    inline: bool
    content_id: str


def body_text(parsed: Parsed, limit: int = limits.BODY_TEXT) -> str:
    """The letter's words, lines ended by LF, at most ``limit`` characters; HTML is reduced when there is no plain text.

    Of an opaque letter it is the undecoded body. Fit for a database's text column.
    """
    root = parsed.structure
    if root is None:
        return _clean(charsets.to_text(parsed.body[: 4 * limit]), limit).strip("\n")
    return _joined_text(parsed.raw, _texts(root), limit) or _joined_text(parsed.raw, _html(root)[:1], limit)


def _joined_text(raw: bytes, parts: list[Part], limit: int) -> str:
    texts: list[str] = []
    room = limit
    for part in parts:
        text = _text_of(raw, part, room).strip("\n")
        if text and not text.isspace():
            texts.append(text)
            room -= len(text) + 1
        if room <= 0:
            break
    return "\n".join(texts)[:limit]


def first_text_lines(parsed: Parsed, count: int) -> list[str]:
    """The first ``count`` lines of the letter's text, white space at their ends removed."""
    return [line.rstrip() for line in body_text(parsed, 2_000 * count).split("\n", count)[:count]]


def first_text(parsed: Parsed, limit: int) -> str:
    """The first text of the letter that is not HTML, else the first that is; as ``body_text`` writes it."""
    root = parsed.structure
    if root is None:
        return ""
    return _joined_text(parsed.raw, _texts(root)[:1], limit) or _joined_text(parsed.raw, _html(root)[:1], limit)


def attachments(parsed: Parsed) -> list[Attachment]:
    """All parts that are neither the letter's text nor another form of it, in order. None for an opaque letter."""
    root = parsed.structure
    if root is None:
        return []
    shown = {id(part) for part in _texts(root)}
    return [
        _attachment(parsed.raw, part) for part in _leaves(root) if id(part) not in shown and not _is_spare(part, root)
    ]


def attachment_bytes(parsed: Parsed, index: str) -> bytes:
    """The decoded octets of one part, text in its own charset. Raises KeyError for an index that is none."""
    for part in _leaves(parsed.structure) if parsed.structure else ():
        if _index(part) == index:
            return part_bytes(parsed.raw, part)
    raise KeyError(index)


def part_bytes(raw: bytes, part: Part) -> bytes:
    """The body of a part with its transfer encoding undone; unknown encodings are none (RFC 2045 §6.4)."""
    data = raw[part.start : part.end]
    match part.encoding:
        case "base64":
            return decode_base64(data)
        case "quoted-printable":
            return binascii.a2b_qp(data)
        case "x-uuencode" | "uuencode" | "x-uue":
            return _uudecode(data)
    return data


def clean_filename(name: str, content_type: str = "") -> str:
    """A name to show and to save under: no path, control or direction characters, at most 255 octets, never empty."""
    name = _NAME_UNWANTED.sub("", name).replace("\\", "/").rpartition("/")[2]
    name = unicodedata.normalize("NFC", " ".join(name.split())).strip(". ")
    if not name:
        return "attachment" + _EXTENSIONS.get(content_type, "")
    return name if len(name.encode()) <= limits.FILENAME else _shortened(name)


def _shortened(name: str) -> str:
    """Head and extension with a digest between them, so that two long names stay two."""
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    stem, dot, extension = name.rpartition(".")
    tail = f"-{digest}.{extension}" if dot and len(extension.encode()) <= 16 else f"-{digest}"
    head = (stem or name).encode()[: limits.FILENAME - len(tail.encode())].decode("utf-8", "ignore")
    return head + tail


# --- which part is what -----------------------------------------------------------------------------------------------


def _leaves(part: Part) -> list[Part]:
    """The parts without parts, in order; an enclosed letter is one of them."""
    found: list[Part] = []
    waiting = [part]
    while waiting:
        node = waiting.pop()
        if node.is_multipart:
            waiting.extend(reversed(node.children))
        else:
            found.append(node)
    return found


def _texts(part: Part) -> list[Part]:
    """The parts that make up the text: all plain ones that are not attached, of alternatives the best, else HTML."""
    found: list[Part] = []
    waiting = [part]
    while waiting:
        node = waiting.pop()
        if not node.is_multipart:
            if _is_text(node):
                found.append(node)
        elif node.content_type == "multipart/alternative":
            waiting.extend(reversed(_chosen(node)))
        elif node.content_type == "multipart/related":
            waiting.append(node.children[0])
        else:
            waiting.extend(reversed(node.children))
    plain = [node for node in found if node.content_type != "text/html"]
    return plain or found[:1]


def _html(part: Part) -> list[Part]:
    """What is left to show when the plain text turns out empty, as some mail programs leave it."""
    return [leaf for leaf in _leaves(part) if leaf.content_type == "text/html" and _is_text(leaf)]


def _chosen(alternative: Part) -> list[Part]:
    """The branch of a multipart/alternative that has plain text, else the last with any (RFC 2046 §5.1.4)."""
    readable = [child for child in alternative.children if any(_is_text(leaf) for leaf in _leaves(child))]
    for child in readable:
        if any(_is_text(leaf) and leaf.content_type != "text/html" for leaf in _leaves(child)):
            return [child]
    return readable[-1:]


def _is_text(part: Part) -> bool:
    if part.content_type not in ("text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"):
        return part.content_type.startswith("multipart/") and not part.children and not part.path
    disposition = part.disposition
    named = bool(part.path) and bool(disposition.get("filename") or part.type.get("name"))
    return disposition.value != "attachment" and not named


def _is_spare(part: Part, root: Part) -> bool:
    """Whether the part only repeats the text in another form: an unnamed HTML part beside plain text."""
    return part is not root and part.content_type == "text/html" and _is_text(part)


def _attachment(raw: bytes, part: Part) -> Attachment:
    disposition = part.disposition
    name = clean_filename(parameters.file_name(part.type, disposition), part.content_type)
    return Attachment(
        index=_index(part),
        name=name,
        content_type=part.content_type,
        size=len(part_bytes(raw, part)),
        inline=disposition.value == "inline" or (not disposition.value and part.content_type in _PATCHES),
        content_id=part.headers.text("Content-ID").strip("<> "),
    )


def _index(part: Part) -> str:
    return part.path or "1"


# --- text -------------------------------------------------------------------------------------------------------------


def _text_of(raw: bytes, part: Part, limit: int) -> str:
    data = part_bytes(raw, part)
    charset = part.type.get("charset")
    if part.content_type != "text/html":
        return _clean(charsets.to_text(data[: 4 * limit + 4], charset), limit)
    return _clean(html_to_text(markup_of(data, charset)), limit)


def markup_of(data: bytes, charset: str) -> str:
    """HTML of this charset; where that is none, of the one it names itself."""
    if not charsets.codec(charset):
        declared = _HTML_CHARSET.search(data[:2_000])
        charset = declared.group(1).decode("ascii", "replace") if declared else charset
    return charsets.to_text(data, charset)


def _clean(text: str, limit: int) -> str:
    text = text[: 2 * limit]
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNWANTED.sub("", text)[:limit]


def _uudecode(data: bytes) -> bytes:
    """Lines between ``begin`` and ``end``; lines with wrong lengths are read as far as they go."""
    decoded = bytearray()
    inside = False
    for line in data.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
        elif line.strip() == b"end":
            break
        else:
            decoded += _uuline(line)
        if len(decoded) > len(data):  # lines that promise more than they hold are filled with zeros
            break
    return bytes(decoded)


def _uuline(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        octets = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
        try:
            return binascii.a2b_uu(line[:octets])
        except binascii.Error:
            return b""
