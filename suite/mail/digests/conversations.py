"""A digest for one reader: conversations instead of a row of messages, as text and as HTML that says the same.

Everything that comes out of mail is escaped; the HTML has no script, no picture and no address of anybody's but the links given.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from suite.mail.digests.frame import Body, encoded, text_fields
from suite.mail.digests.labels import ENGLISH, Labels
from suite.mail.headers import HeaderBlock

RULE = "=" * 70
_PAGE = "font-family:sans-serif;max-width:44em;line-height:1.4"
_TEXT = "white-space:pre-wrap;margin:0 0 1.5em 0;padding-left:.8em;border-left:3px solid #bbb"


@dataclass(frozen=True, slots=True)
class Message:
    """`link` is its page and `reply` an address that answers it; empty = there is none."""

    author: str
    date: str
    text: str
    link: str = ""
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    subject: str
    messages: Sequence[Message]


def conversations_body(
    title: str,
    masthead: str,
    header: str,
    footer: str,
    conversations: Sequence[Conversation],
    labels: Labels = ENGLISH,
) -> Body:
    """multipart/alternative, the text first (RFC 2046 §5.1.4)."""
    boundary = f"=_{secrets.token_hex(16)}"
    text = "".join(_text(masthead, header, footer, conversations))
    html = "".join(_html(title, masthead, header, footer, conversations, labels))
    parts = b"".join(
        f"--{boundary}\r\n".encode() + _part(*one) + b"\r\n" for one in ((text, "text/plain"), (html, "text/html"))
    )
    octets = b"\r\n" + parts + f"--{boundary}--\r\n".encode()
    fields = [("MIME-Version", "1.0"), ("Content-Type", f'multipart/alternative; boundary="{boundary}"')]
    if not octets.isascii():
        fields.append(("Content-Transfer-Encoding", "8bit"))
    return Body(tuple(fields), octets)


def _part(text: str, content_type: str) -> bytes:
    charset, encoding, octets = encoded(text)
    headers = HeaderBlock.parse(b"")
    for name, value in text_fields(charset, encoding):
        headers.append(name, value.replace("text/plain", content_type))
    return headers.to_bytes() + b"\r\n" + octets


def _text(masthead: str, header: str, footer: str, conversations: Sequence[Conversation]) -> Iterator[str]:
    for text in (masthead, header):
        if text:
            yield f"{text.strip(chr(10))}\n\n"
    for number, conversation in enumerate(conversations, 1):
        yield f"{number:4d}. {conversation.subject} ({len(conversation.messages)})\n"
    for number, conversation in enumerate(conversations, 1):
        yield f"\n{RULE}\n{number}. {conversation.subject}\n{RULE}\n"
        for message in conversation.messages:
            link = f"{message.link}\n" if message.link else ""
            yield f"\n{message.author}, {message.date}\n{link}\n{message.text.strip(chr(10))}\n"
    if footer:
        yield f"\n{footer.strip(chr(10))}\n"


def _html(
    title: str, masthead: str, header: str, footer: str, conversations: Sequence[Conversation], labels: Labels
) -> Iterator[str]:
    yield f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
    yield f'<body style="{_PAGE}">\n<h1>{escape(title)}</h1>\n'
    for text in (masthead, header):
        if text:
            yield _pre(text)
    yield "<ol>\n"
    for number, conversation in enumerate(conversations, 1):
        count = len(conversation.messages)
        yield f'<li><a href="#c{number}">{escape(conversation.subject)}</a> ({count})</li>\n'
    yield "</ol>\n"
    for number, conversation in enumerate(conversations, 1):
        yield f'<h2 id="c{number}">{escape(conversation.subject)}</h2>\n'
        for message in conversation.messages:
            yield f"<p><strong>{escape(message.author)}</strong>, {escape(message.date)}{_links(message, labels)}</p>\n"
            yield f'<div style="{_TEXT}">{escape(message.text.strip(chr(10)))}</div>\n'
    if footer:
        yield _pre(footer)
    yield "</body></html>\n"


def _links(message: Message, labels: Labels) -> str:
    links = ((labels.in_the_archive, message.link), (labels.reply, message.reply))
    return "".join(f' · <a href="{escape(address)}">{words}</a>' for words, address in links if address)


def _pre(text: str) -> str:
    return f'<div style="white-space:pre-wrap">{escape(text.strip(chr(10)))}</div>\n'
