import contextlib
import fcntl
import mmap
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, ClassVar

from delivery.archivers.base import Copy, NotFiled, Silent
from delivery.archivers.folders import place, settle

PATIENCE = 5.0
"""Seconds that another program may hold the file."""
_ONE_THREAD = threading.Lock()
"""The lock that mail programs respect keeps processes apart, not threads."""
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)


class Mbox(Silent):
    """One mbox file for each list (RFC 4155; lines that begin with From are quoted so that it can be undone).

    Where the file ended is written down beside it before a message is appended. Whoever comes after a crash cuts off what
    is behind that, so that the file never holds half of a message.
    """

    name: ClassVar[str] = "mbox"
    title: ClassVar[str] = "An mbox file for each list"

    def file(self, copy: Copy) -> None:
        folder = place(self.name, copy.mlist)
        path = folder.with_name(f"{folder.name}.mbox")
        path.parent.mkdir(parents=True, exist_ok=True)
        begun = path.with_name(f".{path.name}.begun")
        entry = _entry(copy)
        with _ONE_THREAD, _locked(path) as handle:
            _cut_off_half(handle, begun)
            if copy.tries > 1 and _holds(handle, entry):
                return
            _append(handle, entry, begun)


def _entry(copy: Copy) -> bytes:
    when = copy.received_at.strftime("%a %b %e %H:%M:%S %Y")
    text = _FROM.sub(rb">\1", copy.text)
    return f"From {copy.mlist.bounces_address} {when}\n".encode() + text.removesuffix(b"\n") + b"\n\n"


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    """The file, to which nobody else writes meanwhile; the one that has the name now, for others may rotate it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with path.open("a+b", buffering=0) as handle:
            try:
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                if time.monotonic() > deadline:
                    raise NotFiled(f"Another program holds {path}.") from None
            else:
                if path.exists() and os.path.samestat(path.stat(), os.fstat(handle.fileno())):
                    yield handle
                    return
        time.sleep(0.1)


def _append(handle: IO[bytes], entry: bytes, begun: Path) -> None:
    with begun.open("w") as note:
        note.write(_end_of(handle))
        note.flush()
        os.fsync(note.fileno())
    settle(begun.parent)
    try:
        rest = memoryview(entry)
        while rest:
            rest = rest[handle.write(rest) :]
        os.fsync(handle.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            _cut_off_half(handle, begun)
        raise
    begun.unlink()


def _end_of(handle: IO[bytes]) -> str:
    """Which file, and how long it is: `1234 56789` and a line end, without which the note was not written whole."""
    return f"{os.fstat(handle.fileno()).st_ino} {handle.seek(0, os.SEEK_END)}\n"


def _cut_off_half(handle: IO[bytes], begun: Path) -> None:
    """Undo an append that was never ended. A note about another file means nothing: that one was rotated away."""
    with contextlib.suppress(FileNotFoundError):
        note = begun.read_text()
        which, end = _end_of(handle).split()
        if note.startswith(f"{which} ") and note.endswith("\n") and int(note.split()[1]) < int(end):
            handle.truncate(int(note.split()[1]))
        begun.unlink()


def _holds(handle: IO[bytes], entry: bytes) -> bool:
    if not handle.seek(0, os.SEEK_END):
        return False
    with mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return text.find(entry) >= 0
