"""Address fields edited entry by entry: what nobody asked to change keeps its bytes (RFC 5322 §3.4)."""

import contextlib
import re
from collections.abc import Collection, Iterable

from suite.mail import addresses, limits

_OUTSIDE = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|<[^<>]*+>?|\\.|[^"<\\(),:;]++|.', re.DOTALL)
_COMMENT = re.compile(rb"\\.|[()]|[^\\()]++|.", re.DOTALL)
_UNWRITABLE = re.compile(rb"\0|(?:\r\n|\r|\n)(?![ \t])")  # what no field can hold: NUL, and line ends that are no folds
_LINE_WANTED = 78
_FOLD = b",\r\n "


def without(value: bytes, unwanted: Collection[str]) -> bytes:
    """The address list less the mailboxes whose keys are `unwanted`; ``b""`` when none is left.

    `value` may be folded. The other entries keep order, names, comments and encoding; groups are opened.
    """
    entries = split(value)
    if entries is None:
        kept = [
            mailbox for mailbox in addresses.parse_mailboxes(value) if addresses.key(mailbox.address) not in unwanted
        ]
        return join([text.encode("utf-8", "replace") for text in written(kept)])
    return join([entry for entry in entries if not _is_one_of(entry, unwanted)])


def split(value: bytes) -> list[bytes] | None:
    """The entries between top-level commas as they are written; None for a list with groups."""
    entries, start, position, depth = [], 0, 0, 0
    while match := (_COMMENT if depth else _OUTSIDE).match(value, position):
        token = match.group()
        if token == b"(":
            depth += 1
        elif depth:
            depth -= token == b")"
        elif token in (b":", b";"):
            return None
        elif token == b",":
            entries.append(value[start:position])
            start = match.end()
        position = match.end()
    entries.append(value[start:])
    return [stripped for entry in entries if (stripped := entry.strip())]


def join(entries: list[bytes]) -> bytes:
    """One list of these entries, each on a line of its own where they do not fit into one. What no field can hold is left out."""
    if any(map(_UNWRITABLE.search, entries)):
        entries = [clean for entry in entries if (clean := _UNWRITABLE.sub(b"", entry).strip())]
    line = b", ".join(entries)
    return line if len(line) < _LINE_WANTED - len("Reply-To: ") else _FOLD.join(entries)


def _is_one_of(entry: bytes, unwanted: Collection[str]) -> bool:
    mailboxes = addresses.parse_mailboxes(entry)
    return len(mailboxes) == 1 and addresses.key(mailboxes[0].address) in unwanted


def written(mailboxes: Iterable[addresses.Mailbox]) -> list[str]:
    """Entries for these mailboxes, without those that no field can hold and nobody could write to."""
    entries = []
    for mailbox in mailboxes:
        with contextlib.suppress(ValueError):
            if len(mailbox.address.encode("utf-8", "replace")) <= limits.ADDRESS:
                entries.append(addresses.format_mailbox(mailbox.name, mailbox.address))
    return entries
