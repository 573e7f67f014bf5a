"""The two canonical forms in which DKIM and ARC sign header fields and bodies (RFC 6376 §3.4).

Input is as on the wire: CRLF ends every line (`wire.normalise_newlines`), no dot is doubled.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence

Field = tuple[str, bytes]
"""Lower-case name, the field's bytes with folds and line end, as `HeaderBlock.raw_fields` has them."""

_BLANKS = re.compile(rb"[ \t]+")
_TRAILING_BLANKS = re.compile(rb"[ \t]+(?=\r\n|\Z)")


def relaxed_field(chunk: bytes) -> bytes:
    """RFC 6376 §3.4.2: lower-case name, unfolded, runs of white space as one space; with CRLF."""
    name, _, value = chunk.partition(b":")
    value = _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.rstrip(b" \t").lower() + b":" + value + b"\r\n"


def simple_field(chunk: bytes) -> bytes:
    """RFC 6376 §3.4.1: as it stands."""
    return chunk if chunk.endswith(b"\r\n") else chunk + b"\r\n"


def relaxed_lines(text: bytes) -> bytes:
    """White space as RFC 6376 §3.4.4 wants it; empty lines at the end are left."""
    if b"\t" in text or b"  " in text or b" \r\n" in text or text.endswith(b" "):
        text = _BLANKS.sub(b" ", _TRAILING_BLANKS.sub(b"", text))
    return text


def relaxed_body(body: bytes) -> bytes:
    """RFC 6376 §3.4.4: an empty body is no octet at all."""
    text = _without_empty_end(relaxed_lines(body))
    return text + b"\r\n" if text else b""


def simple_body(body: bytes) -> bytes:
    """RFC 6376 §3.4.3: an empty body is one CRLF."""
    return _without_empty_end(body) + b"\r\n"


def relaxed_hash(body: bytes) -> bytes:
    return hashlib.sha256(relaxed_body(body)).digest()


def selected(fields: Iterable[Field], names: Sequence[str]) -> Iterator[bytes]:
    """The fields that `names` means, raw, in that order: of several, from the last upwards (RFC 6376 §5.4.2)."""
    of_name: dict[str, list[bytes]] = {}
    for name, chunk in fields:
        of_name.setdefault(name, []).append(chunk)
    for name in names:
        chunks = of_name.get(name)
        if chunks:
            yield chunks.pop()


def _without_empty_end(body: bytes) -> bytes:
    """The body without the line ends at its end."""
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[:end]
