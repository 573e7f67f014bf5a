import os
from pathlib import Path
from typing import ClassVar

from delivery.archivers.base import Copy, Silent
from delivery.archivers.folders import place, settle


class Prototype(Silent):
    """A maildir for each list. Readers need no lock: a message is in `new` whole or not at all.

    Its file is named after the copy, so that a repeat puts the same file into the same place.
    """

    name: ClassVar[str] = "prototype"
    title: ClassVar[str] = "A maildir for each list"

    def file(self, copy: Copy) -> None:
        maildir = place(self.name, copy.mlist)
        for room in ("tmp", "new", "cur"):
            (maildir / room).mkdir(parents=True, exist_ok=True)
        name = f"{copy.key}.{copy.mlist.list_id}"
        if copy.tries > 1:
            if _was_read(maildir / "cur", name):
                return
            _forget_begun(maildir / "tmp", name)
        begun = maildir / "tmp" / f"{name}.{os.getpid()}"
        try:
            with begun.open("wb") as handle:
                handle.write(copy.text)
                handle.flush()
                os.fsync(handle.fileno())
            begun.replace(maildir / "new" / name)
        finally:
            begun.unlink(missing_ok=True)
        settle(maildir / "new")


def _was_read(cur: Path, name: str) -> bool:
    """Whether a mail program has taken the message over; it adds its flags to the name."""
    with os.scandir(cur) as entries:
        return any(entry.name.partition(":")[0] == name for entry in entries)


def _forget_begun(tmp: Path, name: str) -> None:
    with os.scandir(tmp) as entries:
        left = [entry.path for entry in entries if entry.name.startswith(f"{name}.")]
    for path in left:
        Path(path).unlink(missing_ok=True)
