"""RFC 2047 encoded words, both ways. Linear in the length of the value, whatever it holds."""

import base64
import binascii
import re

from suite.mail import charsets, limits

# Spaces inside a word and a `*language` (RFC 2231 §5) are tolerated, as is text glued to a word.
_WORD = re.compile(r"=\?([^?*\s]{1,64})(?:\*[^?\s]{0,64})?\?([bBqQ])\?([^?]*)\?=")
_FOLD = re.compile(r"\r?\n(?=[ \t])|\r?\n\Z|\r\Z")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_OVERHEAD = len("=?utf-8?q??=")
WORD_LENGTH = 75


def decode(value: bytes | str, limit: int = limits.ENCODED_WORDS) -> str:
    """The text of a header field's value: unfolded, words decoded, raw 8-bit read as UTF-8, then Latin-1.

    Tabs, with which some fold, and controls that a word may have smuggled in become spaces: the result can be written.
    Words after the ``limit``-th are left as they came.
    """
    text = charsets.to_text(value) if isinstance(value, bytes) else value
    text = unfold(text)
    if "=?" in text:
        text = _decode_words(text, limit)
    if not text.isprintable():
        text = _CONTROLS.sub(" ", text.replace("\t", " "))
    return text.strip(" ")


def unfold(text: str) -> str:
    """RFC 5322 §2.2.3: line ends go, the white space behind them stays."""
    return _FOLD.sub("", text) if "\n" in text or "\r" in text else text


def _decode_words(text: str, limit: int) -> str:
    pieces: list[str] = []
    run: list[bytes] = []  # the bytes of adjacent words of one charset: a character may be split between them
    run_charset = ""
    position = 0
    for count, match in enumerate(_WORD.finditer(text)):
        if count >= limit:
            break
        charset, encoding, payload = match.groups()
        data = _decode_payload(encoding, payload)
        between = text[position : match.start()]
        adjacent = bool(run) and not between.strip(" \t")
        if not adjacent or charset.lower() != run_charset:
            if run:
                pieces.append(charsets.to_text(b"".join(run), run_charset))
                run = []
            if not adjacent:
                pieces.append(between)
        run.append(data)
        run_charset = charset.lower()
        position = match.end()
    if run:
        pieces.append(charsets.to_text(b"".join(run), run_charset))
    pieces.append(text[position:])
    return "".join(pieces)


def _decode_payload(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    return decode_base64(data)


def decode_base64(data: bytes) -> bytes:
    """Base64 as it is found: line ends, foreign characters and missing padding are no error."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = _NOT_BASE64.sub(b"", data)
        whole = len(clean) - (len(clean) % 4 == 1)
        return binascii.a2b_base64(clean[:whole] + b"==")


def encode(text: str, first: int = WORD_LENGTH) -> list[str]:
    """``text`` as UTF-8 encoded words of at most 75 characters, the first of at most ``first``. Join them with space.

    Only characters allowed in a phrase (RFC 2047 §5 (3)) stay as they are, so the words fit every kind of field.
    """
    data = text.encode("utf-8", "replace")
    base64_wins = sum(_q_cost(byte) > 1 for byte in data) * 2 > len(data)  # Q stays readable where most is ASCII
    room = min(max(first, 30), WORD_LENGTH) - _OVERHEAD
    pieces: list[str] = []
    piece = bytearray()
    cost = 0
    for character in text:
        octets = character.encode("utf-8", "replace")
        weight = len(octets) if base64_wins else sum(map(_q_cost, octets))
        if piece and (-(-(cost + weight) // 3) * 4 if base64_wins else cost + weight) > room:
            pieces.append(_word(bytes(piece), base64_wins))
            piece.clear()
            cost, room = 0, WORD_LENGTH - _OVERHEAD
        piece += octets
        cost += weight
    if piece:
        pieces.append(_word(bytes(piece), base64_wins))
    return pieces


def _q_cost(byte: int) -> int:
    return 1 if byte in _Q_SAFE or byte == 0x20 else 3


def _word(data: bytes, base64_wins: bool) -> str:
    if base64_wins:
        return f"=?utf-8?b?{base64.b64encode(data).decode('ascii')}?="
    quoted = "".join("_" if byte == 0x20 else chr(byte) if byte in _Q_SAFE else f"={byte:02X}" for byte in data)
    return f"=?utf-8?q?{quoted}?="
