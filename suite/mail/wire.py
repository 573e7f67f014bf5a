"""Letters on the wire: line ends, dots, eight bits, and the digest that recognises a repeat (RFC 5321 §4.5.2)."""

import hashlib
import re

TERMINATOR = b".\r\n"
"""What ends DATA after a dot-stuffed letter."""

_TRACE = re.compile(
    rb"(?:Return-Path|Received|Received-SPF|X-Received|Delivered-To|X-Original-To|X-Delivered-To|Envelope-To"
    rb"|X-Envelope-To|Apparently-To|Authentication-Results|X-Authentication-Results|ARC-Authentication-Results"
    rb"|ARC-Message-Signature|ARC-Seal)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)",
    re.IGNORECASE,
)
_FROM_LINE = re.compile(rb">?From [^\n]*\n")


def normalise_newlines(raw: bytes) -> bytes:
    """CRLF at the end of every line: lone CR and lone LF become CRLF (RFC 5321 §2.3.8). Clean input is returned."""
    returns = raw.count(b"\r")
    if returns == raw.count(b"\n") == raw.count(b"\r\n"):
        return raw
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def dot_stuff(raw: bytes) -> bytes:
    """The letter for DATA: CRLF throughout, dots at line starts doubled, ended by CRLF. ``TERMINATOR`` follows."""
    raw = normalise_newlines(raw)
    if raw and not raw.endswith(b"\r\n"):
        raw += b"\r\n"
    if raw.startswith(b"."):
        raw = b"." + raw
    return raw.replace(b"\r\n.", b"\r\n..")


def dot_unstuff(data: bytes) -> bytes:
    """The letter that ``dot_stuff`` was given, in CRLF: one dot less where a line begins with dots."""
    return data[data.startswith(b".") :].replace(b"\r\n.", b"\r\n")


def has_eight_bit(raw: bytes) -> bool:
    return not raw.isascii()


def trace_free_digest(raw: bytes) -> str:
    """SHA-256 (hex) of the letter without the trace fields on its very top: equal for two deliveries of one letter."""
    position = 0
    from_line = _FROM_LINE.match(raw)
    if from_line:
        position = from_line.end()
    while trace := _TRACE.match(raw, position):
        position = trace.end()
    return hashlib.sha256(memoryview(raw)[position:]).hexdigest()
