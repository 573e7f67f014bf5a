"""The tree of a letter's parts (RFC 2046 §5), found in one pass over its bytes and within limits.

Everything else reads MIME through this tree, so that all readers of a letter agree about its parts. Nothing is decoded
or copied here: a part is a header block and two offsets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from suite.mail import limits, parameters
from suite.mail.headers import HeaderBlock
from suite.mail.parameters import Parameterised

ENCLOSING = frozenset({"message/rfc822", "message/global", "message/news"})
"""Types whose body is a letter of its own."""
_UNENCODED = frozenset({"", "7bit", "8bit", "binary"})
_REST_OF_DELIMITER = re.compile(rb"(--)?[ \t]*(\r\n|\n|\r|\Z)")
_HEADER_END = re.compile(rb"(?:\r\n|\n|\r(?!\n))(\r\n|\n|\r)")
# Bounds of our own patience: lines that only begin like a delimiter, and octets searched for delimiters.
_FALSE_DELIMITERS = 100_000
_SEARCHED = 1024 * 1024 * 1024


@dataclass(eq=False, slots=True)
class Part:
    """One node: ``raw[start:end]`` is its body, without the line end that belongs to the next delimiter."""

    path: str
    headers: HeaderBlock
    type: Parameterised
    start: int
    end: int
    children: "list[Part]" = field(default_factory=list)
    boundary: bytes = b""
    first_delimiter: int = -1
    closed: bool = False
    close_end: int = -1  # behind the closing delimiter, before its line end
    header_start: int = 0

    @property
    def content_type(self) -> str:
        return self.type.value

    @property
    def is_multipart(self) -> bool:
        """A multipart in which at least one part was found."""
        return bool(self.children) and self.content_type not in ENCLOSING

    @property
    def disposition(self) -> Parameterised:
        return parameters.disposition(self.headers.get("Content-Disposition"))

    @property
    def encoding(self) -> str:
        """Content-Transfer-Encoding in lower case, without comments."""
        raw = self.headers.get("Content-Transfer-Encoding")
        return raw.decode("ascii", "replace").lower().split(";")[0].split("(")[0].strip() if raw else ""

    def walk(self) -> "Iterator[Part]":
        """This part and all below it in their order in the letter."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.children))


def scan(
    raw: bytes,
    headers: HeaderBlock,
    body_start: int,
    *,
    depth: int = limits.MIME_DEPTH,
    parts: int = limits.MIME_PARTS,
) -> Part:
    """The tree of the letter whose body begins at ``body_start``. Raises LimitExceeded (MIME_DEPTH, MIME_PARTS)."""
    return _Scan(raw, depth, parts).run(headers, body_start)


class _Scan:
    """The open multiparts, outermost first, and where the delimiter of each is next found."""

    def __init__(self, raw: bytes, depth: int, parts: int) -> None:
        self.raw = raw
        self.max_depth = depth
        self.max_parts = parts
        self.count = 0
        self.false_delimiters = 0
        self.searched = 0
        self.open: list[Part] = []
        self.next: dict[bytes, int] = {}

    def run(self, headers: HeaderBlock, body_start: int) -> Part:
        root = self._enter(headers, body_start, 0, "", "text/plain")
        position = root.start
        while (found := self._next_delimiter()) is not None:
            part, position = found
            after = _REST_OF_DELIMITER.match(self.raw, position + 2 + len(part.boundary))
            if after is None:  # pragma: no cover - _next_delimiter has checked it
                break
            self._end_before(part, position)
            if part.first_delimiter < 0:
                part.first_delimiter = position
            if after.group(1):
                self._close(part, after.start(2))
            else:
                self.next[part.boundary] = self._find(part.boundary, after.end() - 1)
                self._start_child(part, after.end())
        return root

    def _enter(self, headers: HeaderBlock, start: int, header_start: int, path: str, default: str) -> Part:
        """Make the part and, when others may be inside, go on with these."""
        self.count += 1
        if self.count > self.max_parts:
            raise limits.LimitExceeded("MIME_PARTS")
        type_ = parameters.content_type(headers.get("Content-Type"), default)
        part = Part(path, headers, type_, start, len(self.raw), header_start=header_start)
        level = path.count(".") + 1 if path else 0
        if level > self.max_depth:
            raise limits.LimitExceeded("MIME_DEPTH")
        if type_.value.startswith("multipart/"):
            boundary = parameters.boundary(type_)
            if boundary and boundary not in self.next:
                part.boundary = boundary
                self.open.append(part)
                self.next[boundary] = self._find(boundary, start - 1)
        elif type_.value in ENCLOSING and part.encoding in _UNENCODED:
            self._start_child(part, start)
        return part

    def _start_child(self, parent: Part, position: int) -> None:
        headers, start = self._headers_at(position)
        path = f"{parent.path}.{len(parent.children) + 1}" if parent.path else str(len(parent.children) + 1)
        default = "message/rfc822" if parent.content_type == "multipart/digest" else "text/plain"
        # The parent knows its child before the child's own children are looked for.
        parent.children.append(self._enter(headers, start, position, path, default))

    def _headers_at(self, position: int) -> tuple[HeaderBlock, int]:
        """The header block at ``position``, and where the body behind it begins."""
        if self.raw[position : position + 1] in (b"\r", b"\n"):
            return HeaderBlock.parse(b""), position + 1 + self.raw.startswith(b"\r\n", position)
        stop = self._horizon()
        found = _HEADER_END.search(self.raw, position, stop)
        if found is None:  # a delimiter before any blank line: a part of header fields only
            return HeaderBlock.parse(self.raw[position:stop]), stop
        return HeaderBlock.parse(self.raw[position : found.start(1)]), found.end()

    def _horizon(self, but: bytes = b"") -> int:
        """The next delimiter of all open multiparts: what is inside of them ends there."""
        return min((at for boundary, at in self.next.items() if boundary != but), default=len(self.raw))

    def _next_delimiter(self) -> tuple[Part, int] | None:
        """The open multipart whose delimiter line comes next, and where; outer ones win over inner ones."""
        best: Part | None = None
        position = len(self.raw)
        for part in self.open:
            at = self.next[part.boundary]
            if at < position:
                best, position = part, at
        return (best, position) if best else None

    def _find(self, boundary: bytes, position: int) -> int:
        """Where the next line ``--boundary`` or ``--boundary--`` begins, at or behind ``position`` + 1."""
        line = b"\n--" + boundary
        stop = self._horizon(boundary)
        at = self.raw.find(line, max(position, 0), stop)
        while at >= 0 and not _REST_OF_DELIMITER.match(self.raw, at + len(line)):
            self.false_delimiters += 1
            if self.false_delimiters > _FALSE_DELIMITERS:
                raise limits.LimitExceeded("MIME_PARTS")
            at = self.raw.find(line, at + 1, stop)
        self.searched += (at if at >= 0 else stop) - position
        if self.searched > _SEARCHED:
            raise limits.LimitExceeded("MIME_DEPTH")
        return at + 1 if at >= 0 else len(self.raw)

    def _end_before(self, part: Part, delimiter: int) -> None:
        """Multiparts inside ``part`` end here, closed or not; so does its last child."""
        while self.open[-1] is not part:
            inner = self.open.pop()
            del self.next[inner.boundary]
        end = _content_end(self.raw, delimiter)
        for inner in _last_descendants(part):
            inner.end = max(inner.start, end)

    def _close(self, part: Part, position: int) -> None:
        part.closed = True
        part.close_end = position
        self.open.pop()
        del self.next[part.boundary]


def _last_descendants(part: Part) -> Iterator[Part]:
    while part.children and not part.closed:
        part = part.children[-1]
        yield part


def _content_end(raw: bytes, delimiter: int) -> int:
    """The line end before a delimiter belongs to it (RFC 2046 §5.1.1)."""
    end = delimiter - 1
    return end - 1 if end > 0 and raw[end - 1 : end] == b"\r" else end
