"""What the forms of a digest share: the texts around the messages, the messages, and the table of contents."""

import textwrap
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from suite.mail.addresses import parse_mailboxes
from suite.mail.digests.labels import ENGLISH, Labels
from suite.mail.headers import HeaderBlock
from suite.mail.subjects import NO_SUBJECT, strip_prefix
from suite.mail.transfer import quoted_printable

STRUCTURE = ("content-", "mime-version")
"""How the names of those fields begin without which a message's body cannot be read."""
_SUBJECT_WIDTH = 65
_LINE_WIDTH = 70
_LONGEST_LINE = 998  # octets, RFC 5322 §2.1.1


@dataclass(frozen=True, slots=True)
class Frame:
    """The texts around the messages, with LF; an empty one is left out. `topics` is a subject and an author for each message."""

    title: str
    """`Dev Digest, Vol 1, Issue 1`."""
    masthead: str
    header: str
    topics: Sequence[tuple[str, str]]
    footer: str
    labels: Labels = ENGLISH


@dataclass(frozen=True, slots=True)
class Item:
    """A message of a digest: the header fields that were kept, its body from the blank line on, and its page, if it has one."""

    headers: HeaderBlock
    body: bytes
    link: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """A body, from the blank line on, and the header fields that say how to read it."""

    fields: tuple[tuple[str, str], ...]
    octets: bytes


def kept(headers: HeaderBlock, names: Collection[str]) -> HeaderBlock:
    """The fields of these names (in lower case), and those without which the body cannot be read; bytes and order stay."""
    chosen = headers.copy()
    chosen.remove_if(lambda name, _: name not in names and not name.startswith(STRUCTURE))
    return HeaderBlock([(name.encode(), chunk) for name, chunk in chosen.raw_fields() if name])


def topic(headers: HeaderBlock, prefix: str) -> tuple[str, str]:
    """A message's line in the table of contents: its subject without the list's prefix, and its author's name or address."""
    subject = " ".join(strip_prefix(headers.text("Subject"), prefix).split())
    author = next(iter(parse_mailboxes(headers.get("From") or b"", limit=1)), None)
    return subject or NO_SUBJECT, " ".join((author.name or author.address).split()) if author else ""


def contents(topics: Iterable[tuple[str, str]]) -> str:
    """Numbered subjects, wrapped at 65 columns; the author behind them where that stays within 70, else below."""
    lines: list[str] = []
    for number, (subject, author) in enumerate(topics, 1):
        start = f"{number:4d}. "
        lines += textwrap.wrap(
            subject,
            _SUBJECT_WIDTH,
            initial_indent=start,
            subsequent_indent=" " * len(start),
            break_on_hyphens=False,
        ) or [start.rstrip()]
        if author:
            lines += _with_author(lines.pop(), f"({author})", " " * len(start))
    return "".join(f"{line}\n" for line in lines)


def _with_author(line: str, author: str, indent: str) -> list[str]:
    if len(line) + 1 + len(author) <= _LINE_WIDTH:
        return [f"{line} {author}"]
    return [line, *textwrap.wrap(author, _LINE_WIDTH, initial_indent=indent, subsequent_indent=indent)]


def encoded(text: str) -> tuple[str, str, bytes]:
    """(charset, transfer encoding, octets with CRLF) of a text: readable as it is wherever its lines are not too long."""
    octets = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    charset = "us-ascii" if octets.isascii() else "utf-8"
    if max(map(len, octets.split(b"\r\n"))) > _LONGEST_LINE:
        return charset, "quoted-printable", quoted_printable(octets)
    return charset, "7bit" if octets.isascii() else "8bit", octets


def text_fields(charset: str, encoding: str) -> tuple[tuple[str, str], ...]:
    return (
        ("MIME-Version", "1.0"),
        ("Content-Type", f'text/plain; charset="{charset}"'),
        ("Content-Transfer-Encoding", encoding),
    )
