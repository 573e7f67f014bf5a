"""A report cut into its portions: what the machine says, the status fields, and what came back of the message.

RFC 6522 has a part for each. Many machines put all of it into one text, with a line of dashes before the message.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from suite.mail import charsets, content, ids
from suite.mail.addresses import parse_mailboxes
from suite.mail.bounces.report import Returned
from suite.mail.headers import HeaderBlock
from suite.mail.html_text import html_to_text
from suite.mail.parse import Parsed
from suite.mail.structure import ENCLOSING, Part

TEXT = 100_000  # characters of words that are read
_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_HEADERS = frozenset({"text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers", "message/global-headers"})
_RETURNED_WORDS = (
    r"original (?:message|mail|e-?mail|headers)|(?:copy|headers?|beginning|text|part) of (?:the|your)\b"
    r"|below this line"
    r"|(?:unsent|returned|undelivered|rejected|bounced) (?:message|mail)|messages? headers?"
    r"|header of the|urspr\w+ (?:nachricht|mail)|message d.origine|mensaje original|messaggio originale"
    r"|mensagem original"
    r"|исходно\w+ сообщени|元のメール|原メール"
)
_RETURNED_LINE = re.compile(
    rf"^(?:[-=*_#>]{{2,}}.{{0,20}}?(?:{_RETURNED_WORDS}).*"
    rf"|(?=.{{0,100}}$)[^\w\n]{{0,6}}(?:(?:included|attached|here|below|this) is )?(?:an? "
    rf"|the )?(?:{_RETURNED_WORDS})"
    rf".{{0,40}}(?:follows?\.?|below\.?|:)\s*)$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_LINE = re.compile(
    r"^(?:Received|Return-Path|DKIM-Signature|DomainKey-Signature|X-Originating-IP|ARC-Seal):",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD_LINE = re.compile(r"[A-Za-z][-A-Za-z]{1,40}:")
_STATUS_LINE = re.compile(r"^(?:Final|Original)-Recipient\s*:", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Portions:
    """The words before the returned message, the status fields, and the header of what came back."""

    words: str
    status: str
    header: HeaderBlock
    in_text: bool = False
    """Whether the status fields stood among the words, as in a report without parts, or in a letter that quotes one."""

    @cached_property
    def returned(self) -> Returned:
        return Returned(
            message_id=ids.message_id(self.header),
            return_path=next(iter(_addresses(self.header, "Return-Path", "X-Envelope-From")), ""),
            list_id=self.header.text("List-Id"),
            unsubscribe=self.header.text("List-Unsubscribe"),
            senders=tuple(_addresses(self.header, "Return-Path", "From", "Sender", "Reply-To", "X-Envelope-From")),
            recipients=tuple(_addresses(self.header, "X-Original-To", "Delivered-To", "X-Envelope-To", "To", "Cc")),
        )


def _addresses(header: HeaderBlock, *names: str) -> list[str]:
    found = [box.address for name in names for raw in header.get_all(name) for box in parse_mailboxes(raw, 50)]
    return list(dict.fromkeys(address for address in found if address))


def cut(parsed: Parsed) -> Portions:
    """Never raises. An opaque letter (over a limit) is read as one text."""
    root = parsed.structure
    if root is None:
        return _divided(charsets.to_text(parsed.body[:TEXT]), "", None)
    words: list[str] = []
    status: list[str] = []
    header: HeaderBlock | None = None
    for part in _outer(root):
        if part.content_type in _STATUS:
            status.append(charsets.to_text(content.part_bytes(parsed.raw, part)[:TEXT]))
        elif part.content_type in ENCLOSING:
            header = header or _enclosed(parsed.raw, part)
        elif part.content_type in _HEADERS:
            header = header or HeaderBlock.parse(content.part_bytes(parsed.raw, part)[:TEXT].lstrip())
        elif part.content_type.startswith(("text/", "multipart/")) or part is root:
            words.append(_text(parsed.raw, part, words))
    return _divided("\n".join(filter(None, words)), "\n\n".join(status), header)


def _outer(root: Part) -> list[Part]:
    """All leaves that are not inside of an enclosed message; of alternatives, the plain ones come first."""
    found: list[Part] = []
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.is_multipart:
            waiting.extend(reversed(part.children))
        else:
            found.append(part)
    return found


def _enclosed(raw: bytes, part: Part) -> HeaderBlock | None:
    """The header of an enclosed message, even where it is encoded."""
    if part.children and len(part.children[0].headers):
        return part.children[0].headers
    return HeaderBlock.parse(content.part_bytes(raw, part)[:TEXT].lstrip())


def _text(raw: bytes, part: Part, before: list[str]) -> str:
    """A part's words. HTML is read only where no plain text came before it."""
    data = content.part_bytes(raw, part)[:TEXT]
    text = charsets.to_text(data, part.type.get("charset"))
    if part.content_type == "text/html":
        text = "" if any(words.strip() for words in before) else html_to_text(text)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _divided(text: str, status: str, header: HeaderBlock | None) -> Portions:
    words, rest = _before_message(text)
    in_text = False
    if not status and (found := _STATUS_LINE.search(text)):
        status = text[max(0, text.rfind("\n\n", 0, found.start())) :]
        words = text[: found.start()] if found.start() < len(words) else words
        in_text = True
    if header is None:
        header = HeaderBlock.parse(_header_text(rest).encode("utf-8", "surrogateescape"))
    return Portions(words, status, header, in_text)


def _before_message(text: str) -> tuple[str, str]:
    """The text up to the line that announces the returned message, and what follows it."""
    marks = [found for found in (_RETURNED_LINE.search(text), _HEADER_LINE.search(text)) if found]
    if not marks:
        return text, ""
    first = min(marks, key=lambda found: found.start())
    rest = text[first.start() :] if _FIELD_LINE.match(first.group()) else text[first.end() :]
    return text[: first.start()], rest


def _header_text(rest: str) -> str:
    """From the first line that is a field on."""
    lines = rest.lstrip("\n -=_*").split("\n")
    start = next((at for at, line in enumerate(lines[:10]) if _FIELD_LINE.match(line)), len(lines))
    return "\n".join(lines[start:])
