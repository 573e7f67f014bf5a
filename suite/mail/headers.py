"""The header block as bytes: read cheaply, edited field by field, otherwise untouched (RFC 5322 §2.2)."""

import re
from collections.abc import Callable
from typing import Self

from suite.mail import limits, words
from suite.mail.words import decode

__all__ = ["HeaderBlock", "decode", "encode", "is_structured", "join_letter", "split_letter"]

# An end of line that is followed by an empty line.
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?=[\r\n])")
_LINE_END = re.compile(rb"\r\n|\n|\r")
# One field, or one line that is none, with its continuation lines; the name is the second group.
_CHUNK = re.compile(rb"((?:([!-9;-~]++)[ \t]*+:)?+[^\n]*+(?:\n(?:[ \t][^\n]*+(?:\n|\Z))*+|\Z))")
_CHUNK_ODD = re.compile(  # the same where a lone CR ends lines too
    rb"((?:([!-9;-~]++)[ \t]*+:)?+[^\r\n]*+(?:(?:\r\n|\n|\r)(?:[ \t][^\r\n]*+(?:\r\n|\n|\r|\Z))*+|\Z))"
)
_FIELD_START = re.compile(rb"[!-9;-~]+[ \t]*:|>?From ")
_FROM_LINE = re.compile(rb">?From ")
_NAME = re.compile(r"[!-9;-~]+")
_REFUSED = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Units that are never broken: <...>, quoted strings, runs of anything that is no white space.
_TOKEN = re.compile(r"[ \t]*(?:<[^<>]*>|[^ \t<]+|<)+")
_STRUCTURED_TOKEN = re.compile(r'[ \t]*(?:<[^<>]*>|"(?:[^"\\]++|\\.)*+"?|[^ \t<"]+|<)+')
_PLAIN_TOKEN = re.compile(r"[ \t]*[^ \t]+")
_LINE_WANTED = 78

# Fields whose values are read by machines: words that look encoded are meant so, addresses stay as they are.
_STRUCTURED = frozenset(
    [
        "from",
        "to",
        "cc",
        "bcc",
        "reply-to",
        "sender",
        "resent-from",
        "resent-to",
        "resent-cc",
        "resent-sender",
        "author",
        "errors-to",
        "return-path",
        "message-id",
        "in-reply-to",
        "references",
        "content-type",
        "content-disposition",
        "content-transfer-encoding",
        "content-id",
        "mime-version",
        "received",
        "date",
        "x-original-from",
    ]
)


def split_letter(raw: bytes) -> tuple[bytes, bytes]:
    """(header block with its last line end, rest beginning with the blank line, or ``b""`` without one).

    ``header + rest`` is the letter. Only a letter that begins with text instead of a field gains the blank line which
    says so (as MTAs do it), lest headers added later swallow that text.
    """
    if _FIELD_START.match(raw):
        found = _BLANK_LINE.search(raw)
        return (raw[: found.end()], raw[found.end() :]) if found else (raw, b"")
    if not raw or raw[:1] in b"\r\n":
        return b"", raw
    return b"", _line_end_of(raw) + raw


def join_letter(headers: "HeaderBlock", rest: bytes) -> bytes:
    """The letter again; ``rest`` begins with the blank line as ``split_letter`` gave it."""
    return headers.to_bytes() + rest


class HeaderBlock:
    """Header fields in order. Fields nobody edits stay byte-identical, lines that are no fields are kept."""

    __slots__ = ("_chunks", "_index", "_line_end")

    def __init__(self, chunks: list[tuple[bytes, bytes]], line_end: bytes = b"\r\n") -> None:
        self._chunks = chunks  # (lower-case name or b"", the bytes of the field)
        self._line_end = line_end
        self._index: dict[bytes, list[int]] | None = None

    @classmethod
    def parse(cls, block: bytes) -> Self:
        """Read a block as ``split_letter`` returns it. Never raises; 3 kB take a few microseconds."""
        lone_returns = block.count(b"\r") != block.count(b"\r\n")
        pattern = _CHUNK_ODD if lone_returns else _CHUNK
        chunks = [(name.lower(), chunk) for chunk, name in pattern.findall(block) if chunk]
        return cls(chunks, _line_end_of(block))

    def copy(self) -> Self:
        return type(self)(self._chunks.copy(), self._line_end)

    def to_bytes(self) -> bytes:
        return b"".join([chunk for _, chunk in self._chunks])

    def __len__(self) -> int:
        """Number of fields and stray lines."""
        return len(self._chunks)

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._positions()

    def get(self, name: str) -> bytes | None:
        """The unfolded value of the first field called ``name``, without white space around it."""
        positions = self._positions().get(_key(name))
        return _value(self._chunks[positions[0]][1]) if positions else None

    def get_all(self, name: str) -> list[bytes]:
        return [_value(self._chunks[position][1]) for position in self._positions().get(_key(name), ())]

    def text(self, name: str) -> str:
        """The decoded value of the first field called ``name``; empty when there is none."""
        value = self.get(name)
        return decode(value) if value else ""

    def texts(self, name: str) -> list[str]:
        return [decode(value) for value in self.get_all(name)]

    def names(self) -> list[str]:
        """The names as they are written, in order, with repetitions."""
        return [chunk[: len(name)].decode("ascii") for name, chunk in self._chunks if name]

    def fields(self) -> list[tuple[str, bytes]]:
        """(name as written, unfolded value) in order."""
        return [(chunk[: len(name)].decode("ascii"), _value(chunk)) for name, chunk in self._chunks if name]

    def raw_fields(self) -> list[tuple[str, bytes]]:
        """(lower-case name, the field's bytes with folds and line end) in order; stray lines have an empty name."""
        return [(name.decode("ascii"), chunk) for name, chunk in self._chunks]

    def remove(self, *names: str) -> int:
        """Remove every field with one of these names; the number removed."""
        unwanted = {_key(name) for name in names}
        if unwanted.isdisjoint(self._positions()):
            return 0
        return self._keep([entry for entry in self._chunks if entry[0] not in unwanted])

    def remove_if(self, predicate: Callable[[str, bytes], bool]) -> int:
        """Remove the fields for which ``predicate(lower-case name, unfolded value)`` is true; the number removed."""
        return self._keep(
            [
                entry
                for entry in self._chunks
                if not entry[0] or not predicate(entry[0].decode("ascii"), _value(entry[1]))
            ]
        )

    def remove_from_line(self) -> None:
        """Take away a mailbox's From_ line on top (RFC 4155): it is of the envelope, and no field."""
        if self._chunks and not self._chunks[0][0] and _FROM_LINE.match(self._chunks[0][1]):
            self._keep(self._chunks[1:])

    def replace(self, name: str, value: str) -> None:
        """Write ``value`` in the place of the first such field and remove the others; append it when there is none.

        Raises ValueError for controls in name or value (see ``encode``).
        """
        self._put(name, self._encoded(name, value))

    def replace_raw(self, name: str, value: bytes) -> None:
        """Like ``replace`` with a value that is already in wire form, folds included.

        Raises ValueError when the value could end the field.
        """
        folded = _LINE_END.sub(b"\r\n", value.strip(b"\r\n"))
        if b"\0" in folded or any(line[:1] not in (b" ", b"\t") for line in folded.split(b"\r\n")[1:]):
            raise ValueError("header value ends its field")
        if not _NAME.fullmatch(name):
            raise ValueError("bad header name")
        self._put(name, self._own_line_ends(name.encode("ascii") + b": " + folded + b"\r\n"))

    def append(self, name: str, value: str) -> None:
        self._insert(len(self._chunks), name, value)

    def prepend(self, name: str, value: str) -> None:
        """Put the field on top, below an mbox ``From `` line."""
        after_from_line = bool(self._chunks) and self._chunks[0][1].startswith(b"From ")
        self._insert(int(after_from_line), name, value)

    def _insert(self, position: int, name: str, value: str) -> None:
        chunk = self._encoded(name, value)
        self.end_last_line()
        self._chunks.insert(position, (_key(name), chunk))
        self._index = None

    def _put(self, name: str, chunk: bytes) -> None:
        self.end_last_line()
        key = _key(name)
        positions = self._positions().get(key)
        if not positions:
            self._chunks.append((key, chunk))
        else:
            self._chunks[positions[0]] = (key, chunk)
            for position in reversed(positions[1:]):
                del self._chunks[position]
        self._index = None

    def _keep(self, chunks: list[tuple[bytes, bytes]]) -> int:
        removed = len(self._chunks) - len(chunks)
        if removed:  # a stray line must not come first: it would end the header for most readers
            first = next(
                (at for at, (name, chunk) in enumerate(chunks) if name or _FROM_LINE.match(chunk)), len(chunks)
            )
            chunks = chunks[first:]
        self._chunks = chunks
        self._index = None
        return removed

    def _positions(self) -> dict[bytes, list[int]]:
        if self._index is None:
            index: dict[bytes, list[int]] = {}
            for position, (name, _) in enumerate(self._chunks):
                if name in index:
                    index[name].append(position)
                else:
                    index[name] = [position]
            index.pop(b"", None)
            self._index = index
        return self._index

    def _encoded(self, name: str, value: str) -> bytes:
        return self._own_line_ends(encode(name, value, structured=is_structured(name)))

    def _own_line_ends(self, chunk: bytes) -> bytes:
        return chunk if self._line_end == b"\r\n" else chunk.replace(b"\r\n", self._line_end)

    def end_last_line(self) -> None:
        """Give the last line the end it may lack in a letter that stops there."""
        if self._chunks and self._chunks[-1][1][-1:] not in (b"\n", b"\r"):
            name, chunk = self._chunks[-1]
            self._chunks[-1] = (name, chunk + self._line_end)


def is_structured(name: str) -> bool:
    """Whether machines read the values of such a field: addresses, ids, parameters."""
    lower = name.lower()
    return lower in _STRUCTURED or lower.startswith(("list-", "arc-", "dkim-"))


def encode(name: str, value: str, *, structured: bool = False) -> bytes:
    """``Name: value`` CRLF, folded at white space to 78 octets a line where that can be done, never over 998.

    Non-ASCII runs become UTF-8 encoded words. In a ``structured`` value addresses keep their UTF-8 (RFC 6532) and
    encoded words pass; elsewhere text that merely looks like an encoded word is encoded, so that it is read literally.
    Raises ValueError for control characters in name or value, and for a structured unit that fits into no line.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("bad header name")
    if _REFUSED.search(value):
        raise ValueError("control character in header value")
    value = value.strip(" \t")
    if value.isascii() and len(name) + 2 + len(value) <= _LINE_WANTED and (structured or "=?" not in value):
        return f"{name}: {value}\r\n".encode("ascii")
    lines = [f"{name}:"]
    length = len(lines[0])
    first_of_field = True
    for space, token in _units(name, value, structured):
        octets = len(token.encode("utf-8", "replace"))
        if len(space) + octets > limits.HEADER_LINE:
            raise ValueError("header value cannot be folded")
        wanted = limits.HEADER_LINE if first_of_field else _LINE_WANTED
        if length + len(space) + octets > wanted:
            lines.append("")
            length = 0
        lines[-1] += space + token
        length += len(space) + octets
        first_of_field = False
    return ("\r\n".join(lines) + "\r\n").encode("utf-8", "replace")


def _units(name: str, value: str, structured: bool) -> list[tuple[str, str]]:
    """(white space before it, unit) pairs; neighbours that need encoding are encoded together."""
    pattern = _STRUCTURED_TOKEN if structured else _TOKEN
    if any(len(match.group()) > limits.HEADER_LINE - len(name) for match in pattern.finditer(value)):
        pattern = _PLAIN_TOKEN
    units: list[tuple[str, str]] = []
    run = run_space = ""
    for match in pattern.finditer(" " + value):
        token = match.group().lstrip(" \t")
        space = match.group()[: -len(token)]
        if _needs_words(token, structured, limits.HEADER_LINE - len(name) - 2):
            plain = _unquoted(token) if structured else token
            run, run_space = (run + space + plain, run_space) if run else (plain, space)
            continue
        if run:
            units += _word_units(run, run_space, name if not units else "")
            run = ""
        units.append((space, token))
    if run:
        units += _word_units(run, run_space, name if not units else "")
    return units


def _word_units(run: str, space: str, name: str) -> list[tuple[str, str]]:
    encoded = words.encode(run, _LINE_WANTED - len(name) - 2 if name else words.WORD_LENGTH)
    return [(space if not index else " ", word) for index, word in enumerate(encoded)]


def _needs_words(token: str, structured: bool, room: int) -> bool:
    if structured:
        return not token.isascii() and "@" not in token and not token.startswith("<")
    return not token.isascii() or "=?" in token or len(token) > room


def _unquoted(token: str) -> str:
    if len(token) > 1 and token[0] == token[-1] == '"':
        return re.sub(r"\\(.)", r"\1", token[1:-1])
    return token


def _key(name: str) -> bytes:
    return name.lower().encode("ascii", "replace")


def _value(chunk: bytes) -> bytes:
    value = chunk[chunk.index(b":") + 1 :].strip(b" \t\r\n")
    return _LINE_END.sub(b"", value) if b"\n" in value or b"\r" in value else value


def _line_end_of(block: bytes) -> bytes:
    """LF for a letter written with LF only, else CRLF."""
    newline = block.find(b"\n")
    return b"\n" if newline >= 0 and block[newline - 1 : newline] != b"\r" else b"\r\n"
