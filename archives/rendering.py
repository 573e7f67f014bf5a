"""A post's text as blocks that a page can show: paragraphs, quotations by level, the signature.

Everything is escaped; the only markup made here are links. Time grows with the length of the text, whatever is in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Literal, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from suite.mail.masking import mask

Kind = Literal["text", "quote", "signature"]

LEVELS = 5
"""Quotation levels that look different; deeper ones look like the last."""
SHORT_QUOTE = 6
"""Lines of quotation that stay open; longer ones fold."""
LINKS = 1_000
"""Links made in one text; what comes after stays text."""

LINES = 100_000
"""Lines looked at one by one; what comes after is one."""
RUNS = 2_000
"""Changes of level in one text; what comes after is shown as it was written."""

WIDTHS = range(60, 131)
"""Line lengths at which mail programs break lines; within these, lines of one paragraph are joined again."""

_MARKS = re.compile(r"(?:>[ ]?){1,100}")  # "> > >text" and ">>> text" alike; what is deeper is as deep
_LINK = re.compile(r"https?://[^\s<>\"]{1,2000}", re.IGNORECASE)
_PROSE = re.compile(r"(?![A-Za-z][-\w]{0,40}:(?:\s|$))(?:[^\W_\"'(\[]|[\"'(\[]\w)")
"""How a line begins that goes on with a sentence: no list, no table, no field of a header."""
_TRAILING = ".,;:!?'*_"


@dataclass(frozen=True, slots=True)
class Run:
    """Lines of one quotation level, 0 being the author's own words."""

    level: int
    html: SafeString


@dataclass(frozen=True, slots=True)
class Block:
    kind: Kind
    runs: tuple[Run, ...]
    lines: int

    @property
    def folded(self) -> bool:
        return self.kind == "quote" and self.lines > SHORT_QUOTE


class _Line(NamedTuple):
    kind: Kind
    level: int
    text: str


def render(text: str, *, show_addresses: bool) -> list[Block]:
    """The blocks of a text. Where addresses are not to be seen, their domains are left out (`suite.mail.masking`)."""
    links = _Links(LINKS)
    blocks = []
    lines = list(_lines(text if show_addresses else mask(text)))
    width = max((len(line.text) for line in lines if line.kind == "text"), default=0)
    for kind, group in groupby(lines, key=itemgetter(0)):
        part = list(group)
        runs = tuple(
            Run(level, links.linked(_joined([line.text for line in run], width if kind == "text" else 0)))
            for level, run in groupby(part, key=itemgetter(1))
        )
        if any(line.text.strip() for line in part):
            blocks.append(Block(kind, runs, len(part)))
    return blocks


def _joined(lines: list[str], width: int) -> str:
    """The lines as one text; where the writer's program broke a sentence at `width`, it goes on in the same line.

    A break is the program's when the next line's first word would not have fitted any more. On a phone such breaks would
    come in the middle of ours.
    """
    if width not in WIDTHS:
        return "\n".join(lines)
    pieces = [lines[0]]
    for line, following in pairwise(lines):
        word = following.partition(" ")[0]
        full = len(line) + 1 + len(word) > width and "  " not in line and bool(_PROSE.match(line))
        pieces.append(" " if full and word and _PROSE.match(following) and "  " not in following else "\n")
        pieces.append(following)
    return "".join(pieces)


def _lines(text: str) -> Iterator[_Line]:
    """Each line with what it is. The signature begins behind the last "-- " (RFC 3676 §4.3), and it is no long one."""
    lines = text.strip("\n").split("\n", LINES)
    signature = _signature(lines)
    last = changes = 0
    for index, line in enumerate(lines):
        quoted = _quoted(line) if changes < RUNS and index < signature else None
        level, words = quoted or (0, line)
        changes += level != last
        last = level
        kind: Kind = "quote" if level else "signature" if index >= signature else "text"
        yield _Line(kind, min(level, LEVELS), words)


def _quoted(line: str) -> tuple[int, str] | None:
    """How often the line is quoted, and what is. mbox files mark a line that begins with From (RFC 4155): that is none."""
    if not line.startswith(">") or line.startswith(">From "):
        return None
    end = _MARKS.match(line).end()  # type: ignore[union-attr]
    return line.count(">", 0, end), line[end:]


def _signature(lines: list[str], longest: int = 20) -> int:
    """Where the signature begins; behind the end when there is none."""
    start = max(len(lines) - longest, 0)
    for index in range(len(lines) - 1, start - 1, -1):
        if lines[index] in ("-- ", "--"):
            return index if index else len(lines)
    return len(lines)


class _Links:
    """Makes links of a text's web addresses, as long as there are some left to make."""

    def __init__(self, left: int) -> None:
        self.left = left

    def linked(self, text: str) -> SafeString:
        return format_html_join("", "{}", ((piece,) for piece in self._pieces(text.strip("\n"))))

    def _pieces(self, text: str) -> Iterator[str]:
        done = 0
        for found in _LINK.finditer(text) if self.left else ():
            url = _without_tail(found.group())
            yield text[done : found.start()]
            yield format_html('<a href="{}" rel="nofollow noopener ugc">{}</a>', url, url)
            done = found.start() + len(url)
            self.left -= 1
            if not self.left:
                break
        yield text[done:]


def _without_tail(url: str) -> str:
    """A link ends before the sentence's punctuation, and before a bracket that it did not open."""
    url = url.rstrip(_TRAILING)
    while url and url[-1] in ")]}" and url.count(url[-1]) > url.count({")": "(", "]": "[", "}": "{"}[url[-1]]):
        url = url[:-1].rstrip(_TRAILING)
    return url
