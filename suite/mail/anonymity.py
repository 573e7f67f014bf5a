"""A letter from which nobody can tell who wrote it, unless its words do.

What may stay is a table; everything else goes, for nobody can list what other programs write into headers. Words, file names
and enclosed letters are the author's own and stay.
"""

import contextlib
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from fnmatch import fnmatchcase

from suite.mail import filtering, ids
from suite.mail.headers import HeaderBlock
from suite.mail.parse import Parsed, parse
from suite.mail.structure import Part

STAYS = (
    "subject",
    "keywords",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "content-language",
    "auto-submitted",
    "importance",
    "priority",
)
"""Fields that say nothing of their author beside his words. Of Date and References something stays."""
_IDENTIFIED = ("content-id", "content-location")  # ids of parts often end in the author's domain


def anonymous(
    parsed: Parsed, headers: HeaderBlock, *, host: str, keep: Sequence[str] = (), domains: Collection[str] = ()
) -> tuple[HeaderBlock, bytes]:
    """Header block and body (from the blank line on) without author, recipients and Message-ID, which the caller writes.

    `headers` is the letter's block as it stands by now. `host` is the list's own: references to letters that it gave an id
    stay. `keep` names further X- fields, with `*` for any characters; `domains` would tell who wrote. Signatures go; a body
    in which nothing tells is the very same.
    """
    body = parsed.body
    if parsed.structure is not None:
        unsealed = filtering.filter_letter(parsed.raw, parsed.structure, headers, body, filtering.Policy(unseal=True))
        headers, body = unsealed.headers, unsealed.body
        body = _without_part_fields(parse(headers.to_bytes() + body), body, domains)
    patterns = [pattern.lower() for pattern in keep if pattern.lower().startswith("x-")]
    lines = [
        chunk
        for name, chunk in headers.raw_fields()
        if name in STAYS or any(fnmatchcase(name, pattern) for pattern in patterns)
    ]
    block = HeaderBlock.parse(b"".join(lines))
    if moment := _moment(headers.text("Date")):
        block.append("Date", format_datetime(moment))
    known = [f"<{one}>" for one in ids.references(headers) if ids.is_made_here(one, host)]
    if known:
        block.append("In-Reply-To", known[-1])
        block.append("References", " ".join(known))
    return block, body


def _moment(date: str) -> datetime | None:
    """In universal time: the hour at the author's place would tell where he is."""
    with contextlib.suppress(TypeError, ValueError, IndexError, OverflowError):
        return parsedate_to_datetime(date).astimezone(UTC)
    return None


def _without_part_fields(parsed: Parsed, body: bytes, domains: Collection[str]) -> bytes:
    """The parts' own headers, reduced to what speaks of content and names none of these domains."""
    root = parsed.structure
    if root is None or not root.is_multipart:
        return body
    raw = parsed.raw
    for part in sorted(_parts(root), key=lambda part: part.start, reverse=True):
        fields = part.headers.raw_fields()
        kept = [chunk for name, chunk in fields if name.startswith("content-") and not _tells(name, chunk, domains)]
        if len(kept) < len(fields):
            end = part.header_start + len(part.headers.to_bytes())
            raw = raw[: part.header_start] + b"".join(kept) + raw[end:]
    return raw[len(parsed.raw) - len(parsed.body) :] if raw is not parsed.raw else body


def _tells(name: str, chunk: bytes, domains: Collection[str]) -> bool:
    text = chunk.lower()
    return name in _IDENTIFIED and any(domain.encode() in text for domain in domains)


def _parts(root: Part) -> list[Part]:
    """All parts below, but for those of enclosed letters."""
    found = []
    waiting = [*root.children]
    while waiting:
        part = waiting.pop()
        found.append(part)
        if part.is_multipart:
            waiting += part.children
    return found
