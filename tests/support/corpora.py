"""Letters nobody here wrote, wherever a folder of mail collections keeps them: files, mailboxes, packed or in archives.

POSTHOUSE_CORPORA names the folder.
"""

import gzip
import os
import re
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

MAX_SIZE = 20_000_000

_NO_LETTERS = {".xml", ".json", ".md", ".bin", ".py", ".yaml", ".yml", ".zip", ".pem", ".key", ".crt", ".pck", ".html"}
_PAPERS = {"LICENSE", "COPYING", "README"}
_ATTACHMENTS = re.compile(r"attachments|thread-pages|-html")
"""In the names of archives that hold no letters."""
_FROM_LINE = re.compile(rb"^From [^\n]{3,80} \d{4}\r?\n(?=[!-9;-~]+: )", re.MULTILINE)
"""A mailbox separates letters so; a blank line before it is missing in some. What follows is a header field."""


def letters(*, one_of: int = 1) -> Iterator[tuple[str, bytes]]:
    """Where a letter stands, and its bytes; each letter once. Of mailboxes and archives only each so-many-eth."""
    root = Path(os.environ["POSTHOUSE_CORPORA"])
    seen: set[int] = set()
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.suffix in _NO_LETTERS or path.name.partition(".")[0] in _PAPERS:
            continue
        for name, raw in islice(_letters_in(path), 0, None, one_of):
            if len(raw) < MAX_SIZE and hash(raw) not in seen:
                seen.add(hash(raw))
                yield f"{path.relative_to(root)}{name}", raw


def _letters_in(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.suffix == ".gz":
        yield from _split(gzip.decompress(path.read_bytes()))
    elif path.suffix == ".xz":
        if not _ATTACHMENTS.search(path.name):
            yield from _members(path)
    else:
        yield from _split(path.read_bytes())


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        for member in archive:
            handle = archive.extractfile(member) if member.isfile() else None
            if handle is not None:
                yield f":{member.name}", handle.read()


def _split(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The letters of a mailbox, without their From_ lines; of any other file the whole."""
    found = list(_FROM_LINE.finditer(raw))
    if len(found) < 2 or found[0].start() > 0:
        yield "", raw
        return
    ends = [match.start() for match in found[1:]] + [len(raw)]
    for number, (match, end) in enumerate(zip(found, ends, strict=True)):
        yield f"#{number}", raw[match.end() : end]
