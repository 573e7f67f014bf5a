"""Reading a letter once: header block at once, MIME only for those who ask. Never raises, whatever comes in."""

import re
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property

from suite.mail import limits, message, structure
from suite.mail.headers import HeaderBlock, split_letter
from suite.mail.structure import Part

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(eq=False)
class Parsed:
    """A letter that has been read. ``headers`` is the caller's to edit; all else speaks of the letter as it came.

    ``raw`` is header block plus ``body``, and ``body`` begins with the blank line, as ``split_letter`` says.
    """

    raw: bytes
    headers: HeaderBlock
    body: bytes
    header_limits: tuple[str, ...] = ()
    _original: HeaderBlock = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._original = self.headers.copy()

    @cached_property
    def _read(self) -> tuple[Part | None, tuple[str, ...]]:
        if self.header_limits:
            return None, self.header_limits
        header_end = len(self.raw) - len(self.body)
        blank_line = _LINE_END.match(self.body)
        try:
            root = structure.scan(
                self.raw,
                self._original,
                header_end + (blank_line.end() if blank_line else 0),
                depth=limits.MIME_DEPTH,
                parts=limits.MIME_PARTS,
            )
        except limits.LimitExceeded as error:
            return None, (error.limit,)
        return root, tuple(_defects(root))

    @property
    def structure(self) -> Part | None:
        """The tree of parts; None for an opaque letter (over a limit): deliver it unchanged, look at nothing inside."""
        return self._read[0]

    @property
    def oddities(self) -> tuple[str, ...]:
        """Names of exceeded limits in capitals (``MIME_DEPTH``), of defects in small letters (``unterminated``)."""
        return self._read[1]

    @cached_property
    def message(self) -> Message | None:
        """The letter as the library's message, made on first use; None when opaque.

        It shows the very parts that ``structure`` shows. Write it and ask it through ``suite.mail.message``.
        """
        return message.build(self.raw, self.structure) if self.structure else None


def parse(raw: bytes) -> Parsed:
    """Read the header block; MIME is read when first asked for."""
    block, body = split_letter(raw)
    headers = HeaderBlock.parse(block)
    whole = raw if len(block) + len(body) == len(raw) else block + body
    return Parsed(whole, headers, body, tuple(_header_limits(block, headers)))


def _header_limits(block: bytes, headers: HeaderBlock) -> list[str]:
    exceeded = []
    if len(block) > limits.HEADER_BLOCK:
        exceeded.append("HEADER_BLOCK")
    if len(headers) > limits.FIELDS:
        exceeded.append("FIELDS")
    if len(block) > limits.FIELD and any(len(chunk) > limits.FIELD for _, chunk in headers.raw_fields()):
        exceeded.append("FIELD")
    return exceeded


def _defects(root: Part) -> list[str]:
    found = dict.fromkeys(
        name
        for part in root.walk()
        if part.content_type.startswith("multipart/")
        for name, wrong in (
            ("no-boundary", not part.type.get("boundary")),
            ("no-parts", not part.children),
            ("unterminated", bool(part.children) and not part.closed),
        )
        if wrong
    )
    if not len(root.headers):
        found["no-header"] = None
    return list(found)
