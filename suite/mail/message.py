"""The library's ``email.message.Message`` for those who edit MIME: made from our tree, written by us, read without risk.

The library's own parser, generator and accessors can raise or lose octets on hostile letters; these do not.
"""

import re
from email.errors import MessageError
from email.message import Message
from email.policy import Compat32, compat32

from suite.mail import limits, parameters
from suite.mail.headers import HeaderBlock
from suite.mail.structure import Part

POLICY: Compat32 = compat32.clone(max_line_length=0, linesep="\r\n")
"""Writes header fields as they came (the library's own default refolds them)."""

_BLANK_LINE = re.compile(r"(?:\r\n|\n){2,}")
_LEADING_LINE_END = re.compile(r"\A(?:\r\n|\n|\r)")
_TRAILING_LINE_END = re.compile(r"(?:\r\n|\n|\r)\Z")
_RAISED = (LookupError, ValueError, AttributeError, TypeError, RecursionError, MessageError)


def build(raw: bytes, part: Part, default_type: str = "text/plain") -> Message:
    """The message of ``part`` and all below it; octets above ASCII are surrogate-escaped, as the library does it."""
    msg: Message = Message(policy=POLICY)
    msg.set_default_type(default_type)
    _set_fields(msg, part.headers)
    if part.is_multipart:
        child_type = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        children: list[Message | str] = [build(raw, child, child_type) for child in part.children]
        msg.set_payload(children)
        if part.first_delimiter > part.start:
            msg.preamble = _TRAILING_LINE_END.sub("", _text(raw[part.start : part.first_delimiter]))
        if part.closed and part.close_end < part.end:
            msg.epilogue = _LEADING_LINE_END.sub("", _text(raw[part.close_end : part.end]))
    elif part.children:
        msg.set_payload([build(raw, part.children[0])])
    elif part.content_type == "message/delivery-status" and not part.encoding:
        msg.set_payload(_report_blocks(_text(raw[part.start : part.end])))
    else:
        msg.set_payload(_text(raw[part.start : part.end]))
    return msg


def _set_fields(msg: Message, headers: HeaderBlock) -> None:
    """Names and values as they are written, folds included; stray lines are left out."""
    for name, chunk in headers.raw_fields():
        if name:
            written, _, value = chunk.decode("ascii", "surrogateescape").partition(":")
            msg.set_raw(written.rstrip(" \t"), value.lstrip(" \t").rstrip("\r\n"))


def _report_blocks(text: str) -> list[Message | str]:
    """RFC 3464 §2.1: groups of fields with blank lines between, each a message without body as the library has it."""
    blocks: list[Message | str] = []
    for block in _BLANK_LINE.split(text.strip("\r\n"), limits.MIME_PARTS)[: limits.MIME_PARTS]:
        msg: Message = Message(policy=POLICY)
        _set_fields(msg, HeaderBlock.parse(block.encode("ascii", "surrogateescape")))
        msg.set_payload("")
        blocks.append(msg)
    return blocks


def to_bytes(msg: Message) -> bytes:
    """The message on the wire, CRLF between what it is put together from; unedited parts come out as they went in.

    A multipart needs a boundary in its Content-Type, as everything that ``build`` made has.
    """
    fields = [f"{name}: {value}\r\n" for name, value in msg.raw_items()]
    return _octets("".join(fields)) + b"\r\n" + _payload(msg)


def _payload(msg: Message) -> bytes:
    payload = msg._payload  # type: ignore[attr-defined]  # get_payload() replaces octets above ASCII
    if not isinstance(payload, list):
        return _octets(payload or "")
    if msg.get_content_type() == "message/delivery-status":
        return b"".join(map(to_bytes, payload))
    if msg.get_content_maintype() == "message":
        return to_bytes(payload[0])
    delimiter = b"--" + _boundary(msg)
    preamble = _octets(msg.preamble) + b"\r\n" if msg.preamble is not None else b""
    epilogue = b"\r\n" + _octets(msg.epilogue) if msg.epilogue is not None else b""
    parts = b"".join(delimiter + b"\r\n" + to_bytes(part) + b"\r\n" for part in payload)
    return preamble + parts + delimiter + b"--" + epilogue


def _boundary(msg: Message) -> bytes:
    """As our parser reads it: the library fails on comments and the like."""
    fields = [_octets(str(value)) for name, value in msg.raw_items() if name.lower() == "content-type"]
    unfolded = fields[0].replace(b"\r", b"").replace(b"\n", b"") if fields else None
    return parameters.boundary(parameters.content_type(unfolded))


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("ascii", "surrogateescape")


# --- readers that the library lets raise on hostile fields ------------------------------------------------------------


def charset_of(msg: Message) -> str:
    """The charset a part claims, in lower case; empty when it claims none or nonsense."""
    try:
        return str(msg.get_content_charset("") or "")
    except _RAISED:
        return ""


def filename_of(msg: Message) -> str:
    """The raw name of a part; empty when it has none or it cannot be read."""
    try:
        return str(msg.get_filename("") or "")
    except _RAISED:
        return ""


def payload_of(msg: Message) -> bytes:
    """The decoded octets of a part; of a multipart and of what cannot be decoded nothing."""
    try:
        payload = msg.get_payload(decode=True)
    except _RAISED:
        return b""
    return payload if isinstance(payload, bytes) else b""
