"""A mail of our own with parts behind its text, each byte by byte as it is given (RFC 2046 §5.1.3)."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime

from suite.mail import limits
from suite.mail.headers import HeaderBlock
from suite.mail.transfer import quoted_printable

Part = tuple[str, bytes]
"""Content-Type, and what stands below the part's header."""


def attach(header: bytes, body: bytes, parts: Sequence[Part]) -> tuple[bytes, bytes]:
    """Header block and body (from the blank line on) of the mail with these parts; the very same bytes without any.

    A part is not encoded, for a letter in a letter must not be (RFC 2046 §5.2.1): what has octets over 127 is 8bit.
    """
    if not parts:
        return header, body
    headers = HeaderBlock.parse(header)
    headers.end_last_line()
    described = b"".join(chunk for name, chunk in headers.raw_fields() if name.startswith("content-"))
    headers.remove_if(lambda name, _: name.startswith("content-"))
    boundary = f"=_{secrets.token_hex(16)}"
    headers.replace("MIME-Version", "1.0")
    headers.append("Content-Type", f'multipart/mixed; boundary="{boundary}"')
    if not all(octets.isascii() for octets in (body, *(part for _, part in parts))):
        headers.append("Content-Transfer-Encoding", "8bit")
    delimiter = f"--{boundary}\r\n".encode("ascii")
    pieces = [b"\r\n", delimiter, described, body]
    for content_type, octets in parts:
        encoding = "7bit" if octets.isascii() else "8bit"
        fields = f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        pieces += [b"\r\n", delimiter, fields.encode("ascii"), octets]
    pieces.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    return headers.to_bytes(), b"".join(pieces)


def letter(fields: Mapping[str, str], text: str, date: datetime) -> bytes:
    """A small letter of one text, to be enclosed in another. Raises ValueError for a field that cannot be written."""
    headers = HeaderBlock.parse(b"")
    for name, value in {**fields, "Date": format_datetime(date), "MIME-Version": "1.0"}.items():
        headers.append(name, value)
    octets = text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    long = max(map(len, octets.split(b"\r\n"))) > limits.HEADER_LINE
    charset = "us-ascii" if octets.isascii() else "utf-8"
    headers.append("Content-Type", f'text/plain; charset="{charset}"')
    if long or not octets.isascii():
        headers.append("Content-Transfer-Encoding", "quoted-printable")
        octets = quoted_printable(octets)
    return headers.to_bytes() + b"\r\n" + octets
