"""The plain form, RFC 1153: one text that people read from top to bottom and old programs take apart again."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from suite.mail import charsets, content
from suite.mail.digests.frame import Body, Frame, Item, contents, encoded, text_fields
from suite.mail.digests.labels import ENGLISH, Labels
from suite.mail.headers import HeaderBlock
from suite.mail.parse import Parsed, parse
from suite.mail.structure import Part

FIRST_SEPARATOR = "-" * 70
SEPARATOR = "-" * 30
_LOOKS_LIKE_SEPARATOR = re.compile(r"^(-{30}|-{70})(?=[ \t]*$)", re.MULTILINE)
_READABLE = frozenset({"text/plain", "text/x-patch", "text/x-diff"})
_FIELD_WIDTH = 78
_TEXT = 1_000_000
"""Characters of one message's text; the rest is in the archive."""


def plain_body(frame: Frame, items: Iterable[Item], keep: Sequence[str]) -> Body:
    """The digest with these messages. `keep` are field names in lower case, in the order in which they are written."""
    text = "".join(_pieces(frame, items, keep))
    charset, encoding, octets = encoded(text)
    return Body(text_fields(charset, encoding), b"\r\n" + octets)


def _pieces(frame: Frame, items: Iterable[Item], keep: Sequence[str]) -> Iterator[str]:
    for text in (frame.masthead, frame.header):
        if text:
            yield f"{text.strip(chr(10))}\n\n"
    yield f"{frame.labels.topics}:\n\n{contents(frame.topics)}\n{FIRST_SEPARATOR}\n\n"
    for number, item in enumerate(items, 1):
        yield f"{message(item, number, keep, frame.labels)}\n{SEPARATOR}\n\n"
    if frame.footer:
        yield f"Subject: {frame.labels.footer}\n\n{_hidden(frame.footer.strip(chr(10)))}\n\n{SEPARATOR}\n\n"
    end = f"End of {frame.title}"
    yield f"{end}\n{'*' * len(end)}\n"


def message(item: Item, number: int, keep: Sequence[str], labels: Labels = ENGLISH) -> str:
    """One message: the kept fields in their order, and `text_of` it. Ends with a line end."""
    return f"{_fields(item.headers, number, keep)}\n{_hidden(text_of(item, labels))}\n"


def text_of(item: Item, labels: Labels = ENGLISH) -> str:
    """A message's text, and a note for whatever is no text."""
    parsed = parse(item.headers.to_bytes() + (item.body or b"\r\n"))
    paragraphs = [content.body_text(parsed, _TEXT).rstrip("\n")]
    paragraphs += [_beside(parsed, part, item.link, labels) for part in _parts(parsed)]
    if len(paragraphs[0]) >= _TEXT:
        paragraphs.insert(1, _note({"URL": item.link}, labels.rest))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _fields(headers: HeaderBlock, number: int, keep: Sequence[str]) -> str:
    """In words people can read: decoded, one field below the other. The text was decoded too, and its type says so."""
    ours = {"message": str(number), "content-type": 'text/plain; charset="utf-8"'}
    lines: list[str] = []
    for name in keep:
        values = [ours[name]] if name in ours else headers.texts(name)
        for value in values:
            written = f"{name.title().replace('-Id', '-ID')}: {' '.join(value.split())}"
            lines += textwrap.wrap(
                written, _FIELD_WIDTH, subsequent_indent="\t", break_long_words=False, break_on_hyphens=False
            )
    return "".join(f"{line}\n" for line in lines)


def _hidden(text: str) -> str:
    """A line of a message that looks like a separator gets a space, lest it be taken for one."""
    return _LOOKS_LIKE_SEPARATOR.sub(r" \1", text)


# --- what is no text of the message -----------------------------------------------------------------------------------


def _parts(parsed: Parsed) -> list[tuple[content.Attachment, Part]]:
    if parsed.structure is None:
        return []
    by_index = {part.path or "1": part for part in parsed.structure.walk()}
    return [(found, by_index[found.index]) for found in content.attachments(parsed)]


def _beside(parsed: Parsed, found: tuple[content.Attachment, Part], link: str, labels: Labels) -> str:
    """An attached text as it is, with its name above; anything else as a note that says what it is and where it can be had."""
    attachment, part = found
    if attachment.content_type in _READABLE and attachment.size <= _TEXT:
        octets = content.part_bytes(parsed.raw, part)
        text = charsets.to_text(octets, part.type.get("charset")).replace("\r\n", "\n").replace("\0", "")
        return f"{_note({labels.name: attachment.name}, labels.attached)}\n\n{text.rstrip(chr(10))}"
    facts = {
        labels.name: attachment.name,
        labels.type: attachment.content_type,
        labels.size: f"{attachment.size} {labels.octets}",
        labels.description: " ".join(part.headers.text("Content-Description").split()) or labels.none,
        "URL": link,
    }
    return _note(facts, labels.no_text)


def _note(facts: dict[str, str], sentence: str) -> str:
    lines = [f"[ {sentence}", *(f"  {name}: {value}" for name, value in facts.items() if value)]
    return "\n".join(lines) + " ]"
