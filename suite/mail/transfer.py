"""Octets in the two transfer encodings that fit any relay (RFC 2045 §6.7, §6.8); undoing them is `content.part_bytes`."""

import base64
import binascii


def quoted_printable(octets: bytes) -> bytes:
    """Lines of at most 76 octets. CRLF in ``octets`` is a line's end and stays one, so this is for text."""
    encoded = binascii.b2a_qp(octets.replace(b"\r\n", b"\n"), istext=True)
    return encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def base64_lines(octets: bytes) -> bytes:
    """Lines of at most 76 octets, each ended by CRLF; every octet comes back."""
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")
