"""Parts taken out of a letter by type and file extension, alternatives collapsed, HTML made plain (RFC 2046).

What nobody asked to change keeps its bytes: a part that stays is copied as it stands, a letter from which nothing goes is
not touched. Of a multipart/signed parts may go, but none is rewritten and it is never recast (RFC 1847 §2.1); what is
encrypted is judged from outside alone.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from suite.mail import limits, parameters, words
from suite.mail.content import markup_of, part_bytes
from suite.mail.headers import HeaderBlock
from suite.mail.structure import ENCLOSING, Part
from suite.mail.transfer import quoted_printable

log = logging.getLogger(__name__)

_ENCRYPTED = ["application/pgp-encrypted", "application/octet-stream"]  # RFC 3156 §4


@dataclass(frozen=True, slots=True)
class Policy:
    """What may stay. Types are `image/png` or `image`, extensions have no dot; all in lower case."""

    filter_types: frozenset[str] = frozenset()
    pass_types: frozenset[str] = frozenset()
    filter_extensions: frozenset[str] = frozenset()
    pass_extensions: frozenset[str] = frozenset()
    collapse_alternatives: bool = False
    to_plain: Callable[[str], str] | None = None
    """Makes text of HTML; what it raises leaves that part as it is. None: HTML stays."""
    unseal: bool = False
    """What was signed stays, and its signature goes, for that names who signed."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """The letter afterwards; `body` begins with the blank line. `refused` says why nothing of it may stay, else is empty."""

    headers: HeaderBlock
    body: bytes
    changed: bool = False
    removed: tuple[Part, ...] = ()
    refused: str = ""


def filter_letter(raw: bytes, root: Part, headers: HeaderBlock, body: bytes, policy: Policy) -> Filtered:
    """Judge the letter as a whole, then its parts.

    `root` is the tree of `raw`; `headers` and `body` are the letter as it stands, whose header fields may have been edited.
    """
    why = _why_unwanted(root, policy)
    if why:
        return Filtered(headers, body, removed=(root,), refused=f"The message's {why}.")
    editor = _Editor(raw, policy, b"\r\n" if b"\r\n" in raw else b"\n")
    piece = editor.edit(root, sealed=False)
    removed = tuple(editor.removed)
    if piece is None:
        return Filtered(
            headers, body, removed=removed, refused="After content filtering nothing of the message was left."
        )
    if piece.untouched:
        return Filtered(headers, body)
    kept = [chunk for name, chunk in headers.raw_fields() if not name.startswith("content-")]
    block = _block([*kept, *_content_fields(piece)], editor.line_end)
    if "MIME-Version" not in block:
        block.append("MIME-Version", "1.0")
    content = editor.content(piece)
    if not content.endswith(b"\n"):
        content += editor.line_end
    return Filtered(block, editor.line_end + content, changed=True, removed=removed)


def describe(raw: bytes, removed: tuple[Part, ...]) -> str:
    """One line for each part that went: type, name where it had one, size in octets."""
    lines = []
    for part in removed:
        name = parameters.file_name(part.type, part.disposition)
        size = part.end - part.start if part.children else len(part_bytes(raw, part))
        lines.append(f"{part.content_type}{f', {name}' if name else ''}, {size} bytes\n")
    return "".join(lines)


# --- what may stay ----------------------------------------------------------------------------------------------------


def _why_unwanted(part: Part, policy: Policy) -> str:
    """Half a sentence that begins with what is wrong; empty for what may stay."""
    types = {part.content_type, part.content_type.partition("/")[0]}
    if types & policy.filter_types:
        return "content type was explicitly disallowed"
    if policy.pass_types and not types & policy.pass_types:
        return "content type was not explicitly allowed"
    extensions = _extensions(part) if policy.filter_extensions or policy.pass_extensions else set()
    if extensions & policy.filter_extensions:
        return "file extension was explicitly disallowed"
    if policy.pass_extensions and extensions - policy.pass_extensions:
        return "file extension was not explicitly allowed"
    return ""


def _extensions(part: Part) -> set[str]:
    """Of every name a part bears, for mail programs differ in which they use; dots and blanks at the end do not hide one."""
    names = (part.disposition.get("filename"), part.type.get("name"))
    endings = (words.decode(name).lower().rstrip(". \t\0").rpartition(".") for name in names if name)
    return {ending for _, dot, ending in endings if dot and "/" not in ending and "\\" not in ending}


# --- the tree, edited from the leaves up ------------------------------------------------------------------------------


@dataclass(slots=True)
class _Piece:
    """A part that stays. Without `headers` and `content` of its own it is what came."""

    part: Part
    headers: HeaderBlock | None = None
    content: bytes | None = None

    @property
    def untouched(self) -> bool:
        return self.headers is None and self.content is None

    @property
    def fields(self) -> HeaderBlock:
        return self.part.headers if self.headers is None else self.headers


@dataclass
class _Editor:
    raw: bytes
    policy: Policy
    line_end: bytes
    removed: list[Part] = field(default_factory=list)

    def edit(self, part: Part, *, sealed: bool) -> _Piece | None:
        """What stays of a part that may stay itself; None when all that was in it went. `sealed` parts are not rewritten."""
        if not part.children or _is_encrypted(part):
            return _Piece(part) if sealed else self._plain(part)
        if part.content_type == "multipart/signed" and self.policy.unseal:
            signed = self._admit(part.children[0], sealed)
            return signed and self._recast(part, signed)
        sealed = sealed or part.content_type == "multipart/signed"
        kept = [piece for child in part.children if (piece := self._admit(child, sealed))]
        if not kept:
            return None
        if self.policy.collapse_alternatives and part.content_type == "multipart/alternative" and not sealed:
            if len(part.children) > 1:
                return self._recast(part, self._first_with_words(kept))
        elif len(kept) == 1 < len(part.children) and part.content_type != "multipart/signed":
            return self._recast(part, kept[0])
        if len(kept) == len(part.children) and all(piece.untouched for piece in kept):
            return _Piece(part)
        return _Piece(part, content=self._joined(part, kept))

    def content(self, piece: _Piece) -> bytes:
        return self.raw[piece.part.start : piece.part.end] if piece.content is None else piece.content

    def _admit(self, part: Part, sealed: bool) -> _Piece | None:
        if _why_unwanted(part, self.policy):
            self.removed.append(part)
            return None
        return self.edit(part, sealed=sealed)

    def _first_with_words(self, kept: list[_Piece]) -> _Piece:
        """The first form, unless it is as empty as some programs leave it."""
        return next((piece for piece in kept if self.content(piece).strip()), kept[0])

    def _recast(self, part: Part, piece: _Piece) -> _Piece:
        """The multipart becomes what is left in it; fields that do not speak of content stay its own."""
        own = [chunk for name, chunk in part.headers.raw_fields() if not name.startswith("content-")]
        return _Piece(piece.part, _block([*own, *_content_fields(piece)], self.line_end), self.content(piece))

    def _joined(self, part: Part, kept: list[_Piece]) -> bytes:
        if part.content_type in ENCLOSING:
            return self._whole(kept[0])
        delimiter = b"--" + part.boundary
        pieces = [self.raw[part.start : part.first_delimiter]]
        for piece in kept:
            pieces += [delimiter, self.line_end, self._whole(piece), self.line_end]
        epilogue = self.raw[part.close_end : part.end] if part.closed else b""
        return b"".join([*pieces, delimiter, b"--", epilogue])

    def _whole(self, piece: _Piece) -> bytes:
        if piece.untouched:
            return self.raw[piece.part.header_start : piece.part.end]
        fields = piece.fields.copy()
        fields.end_last_line()
        return fields.to_bytes() + self.line_end + self.content(piece)

    def _plain(self, part: Part) -> _Piece:
        """HTML as text, where that is wanted and can be done."""
        if self.policy.to_plain is None or part.content_type != "text/html":
            return _Piece(part)
        try:
            text = self.policy.to_plain(markup_of(part_bytes(self.raw, part), part.type.get("charset")))
        except Exception as error:  # whatever a foreign converter chokes on, the letter goes on
            log.warning("HTML of %d octets stays as it is: %r", part.end - part.start, error)
            return _Piece(part)
        octets = text.replace("\n", "\r\n").encode("utf-8", "replace")
        long = any(len(line) > limits.HEADER_LINE for line in octets.split(b"\r\n"))
        encoding = "quoted-printable" if long or not octets.isascii() else "7bit"
        headers = part.headers.copy()
        headers.remove("Content-Disposition")
        headers.replace("Content-Type", f'text/plain; charset="{"us-ascii" if octets.isascii() else "utf-8"}"')
        headers.replace("Content-Transfer-Encoding", encoding)
        octets = octets if encoding == "7bit" else quoted_printable(octets)
        return _Piece(part, headers, octets.replace(b"\r\n", self.line_end).removesuffix(self.line_end))


def _is_encrypted(part: Part) -> bool:
    return part.content_type == "multipart/encrypted" and [child.content_type for child in part.children] == _ENCRYPTED


def _content_fields(piece: _Piece) -> list[bytes]:
    """What speaks of the content, its type in any case: in a multipart/digest it may go without saying."""
    fields = [chunk for name, chunk in piece.fields.raw_fields() if name.startswith("content-")]
    if "Content-Type" not in piece.fields and piece.part.content_type != "text/plain":
        fields.append(f"Content-Type: {piece.part.content_type}\r\n".encode())
    return fields


def _block(chunks: list[bytes], line_end: bytes) -> HeaderBlock:
    return HeaderBlock.parse(
        b"".join(chunk if chunk.endswith((b"\n", b"\r")) else chunk + line_end for chunk in chunks)
    )
