"""Letters built from parts, and their outline."""

from itertools import count

from suite.mail.parse import parse
from suite.mail.structure import Part

HEAD = b"From: bart@example.com\r\nX-Odd:   kept \r\nMIME-Version: 1.0\r\n"
_serial = count(1)


def leaf(content_type: str, content: str | bytes, *fields: str) -> bytes:
    """Header fields and content of a part, without line end behind it."""
    lines = [f"Content-Type: {content_type}", *fields, "", ""]
    return "\r\n".join(lines).encode() + (content.encode() if isinstance(content, str) else content)


def multipart(kind: str, *parts: bytes) -> bytes:
    boundary = f"b{next(_serial)}".encode()
    inner = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return leaf(f"multipart/{kind}; boundary={boundary.decode()}", inner + b"--" + boundary + b"--")


def letter(part: bytes) -> bytes:
    return HEAD + part + b"\r\n"


def outline(raw: bytes) -> str:
    """`mixed(plain rfc822(html))`: subtypes, and what is in them."""
    parsed = parse(raw)
    assert parsed.structure is not None
    assert not parsed.oddities
    return _outline(parsed.structure)


def _outline(part: Part) -> str:
    name = part.content_type.partition("/")[2]
    return f"{name}({' '.join(map(_outline, part.children))})" if part.children else name
