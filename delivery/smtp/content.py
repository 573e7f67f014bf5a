"""What goes between DATA and the final dot, as bytes ready for the wire.

A mail is prepared once per rendering; what differs per recipient is cut in as bytes, so that a personal copy costs
neither parsing nor a pass over the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from suite.mail.wire import dot_stuff, normalise_newlines


def prepare(raw: bytes) -> bytes:
    """End every line in CRLF and double leading dots. A lone CR or LF ends a line as well. The final dot is not added.

    Returns `raw` itself when nothing is to do.
    """
    return dot_stuff(raw)


@dataclass(frozen=True, slots=True)
class Template:
    """Prepared content with gaps.

    `pieces` has text and gaps in turn, text first and last; a gap is empty here. `gaps` tells for each gap which value
    belongs there. `loose` is true when a gap begins a line, so that its value decides where a dot has to be doubled.
    """

    pieces: tuple[bytes, ...]
    gaps: tuple[int, ...]
    multiline: frozenset[int]
    loose: bool

    @classmethod
    def cut(cls, prepared: bytes, marks: Sequence[bytes], *, multiline: Collection[bytes] = ()) -> Template:
        """Cut `prepared` wherever one of `marks` stands; a mark may stand there often, or never.

        Values of the marks in `multiline` may hold whole lines. Raises ValueError for a mark that could not be told
        from line ends and stuffed dots: it is not empty, has no CR or LF, and does not begin with a dot.
        """
        if any(not mark or mark.startswith(b".") or _breaks_line(mark) for mark in marks):
            raise ValueError("a mark is not empty, has no line end, and does not begin with a dot")
        if not marks:
            return cls((prepared,), (), frozenset(), False)
        longest_first = sorted(map(re.escape, marks), key=len, reverse=True)
        pieces = re.split(b"(%s)" % b"|".join(longest_first), prepared)
        gaps = tuple(marks.index(mark) for mark in pieces[1::2])
        pieces[1::2] = [b""] * len(gaps)
        return cls(
            pieces=tuple(pieces),
            gaps=gaps,
            multiline=frozenset(number for number, mark in enumerate(marks) if mark in multiline),
            loose=pieces[0] == b"" or any(text.endswith(b"\n") for text in pieces[0:-1:2]),
        )

    def fill(self, values: Sequence[bytes]) -> list[bytes]:
        """The content for one recipient, in segments. `values` are in the order of the marks.

        Raises ValueError when a value has a line end that its mark does not allow: it would forge headers.
        """
        for number, value in enumerate(values):
            if _breaks_line(value):
                if number not in self.multiline:
                    raise ValueError("a value with a line end where none may be")
                values = [
                    *values[:number],
                    normalise_newlines(value).replace(b"\r\n.", b"\r\n.."),
                    *values[number + 1 :],
                ]
        segments = list(self.pieces)
        segments[1::2] = [values[number] for number in self.gaps]
        return _stuff(segments) if self.loose or self.multiline else segments


def _breaks_line(value: bytes) -> bool:
    return b"\n" in value or b"\r" in value


def _stuff(segments: list[bytes]) -> list[bytes]:
    """Double the dots that values have brought to the beginning of a line (RFC 5321 §4.5.2).

    The first segment was stuffed with the whole; every later one begins a line only behind, or as, a value.
    """
    stuffed, line_begins = segments[:1], segments[0] == b"" or segments[0].endswith(b"\n")
    for segment in segments[1:]:
        stuffed.append(b"." + segment if line_begins and segment.startswith(b".") else segment)
        line_begins = segment.endswith(b"\n") if segment else line_begins
    return stuffed
