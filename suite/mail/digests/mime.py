"""The MIME form: multipart/mixed of masthead, header, contents, multipart/digest, footer (RFC 2046 §5.1.5).

A message is put in with the bytes of its body and of the fields that were kept, so that what was signed still verifies and
every attachment is whole. Only its number is added.
"""

import secrets
from collections.abc import Collection, Iterable, Iterator

from suite.mail.digests.frame import Body, Frame, Item, contents, encoded, kept, text_fields
from suite.mail.headers import HeaderBlock


def mime_body(frame: Frame, items: Iterable[Item], keep: Collection[str]) -> Body:
    """The digest with these messages; without any it is masthead and contents alone. `keep` are field names in lower case."""
    outer, inner = _boundary(), _boundary()
    octets = b"".join(_mixed(frame, items, keep, outer, inner))
    fields = [("MIME-Version", "1.0"), ("Content-Type", f'multipart/mixed; boundary="{outer}"')]
    if not octets.isascii():
        fields.append(("Content-Transfer-Encoding", "8bit"))
    return Body(tuple(fields), octets)


def _boundary() -> str:
    return f"=_{secrets.token_hex(16)}"


def _mixed(frame: Frame, items: Iterable[Item], keep: Collection[str], outer: str, inner: str) -> Iterator[bytes]:
    delimiter = f"\r\n--{outer}\r\n".encode()
    labels = frame.labels
    yield f"\r\n{labels.preamble}\r\n".encode()
    yield delimiter + _text_part(frame.title, frame.masthead)
    if frame.header:
        yield delimiter + _text_part(labels.header, frame.header)
    description = f"{labels.topics} ({labels.count(len(frame.topics))})"
    yield delimiter + _text_part(description, f"{labels.topics}:\n\n{contents(frame.topics)}")
    digest = _digest(items, keep, inner)
    first = next(digest, None)
    if first is not None:
        yield delimiter + f'Content-Type: multipart/digest; boundary="{inner}"\r\nMIME-Version: 1.0\r\n'.encode()
        yield first
        yield from digest
        yield f"\r\n--{inner}--\r\n".encode()
    if frame.footer:
        yield delimiter + _text_part(labels.footer, frame.footer)
    yield f"\r\n--{outer}--\r\n".encode()


def _digest(items: Iterable[Item], keep: Collection[str], boundary: str) -> Iterator[bytes]:
    """Each message behind its delimiter; the line end in front of a delimiter belongs to it (RFC 2046 §5.1.1)."""
    for number, item in enumerate(items, 1):
        headers = kept(item.headers, keep)
        headers.replace("Message", str(number))
        block = headers.to_bytes()
        # Addresses that are not ASCII have no other form (RFC 6532 §3.7).
        kind = "message/rfc822" if block.isascii() else "message/global"
        yield f"\r\n--{boundary}\r\nContent-Type: {kind}\r\n\r\n".encode() + block
        yield item.body or b"\r\n"


def _text_part(description: str, text: str) -> bytes:
    charset, encoding, octets = encoded(text.rstrip("\n") + "\n")
    headers = HeaderBlock.parse(b"")
    for name, value in (*text_fields(charset, encoding), ("Content-Description", " ".join(description.split()))):
        headers.append(name, value)
    return headers.to_bytes() + b"\r\n" + octets
