"""Archivers outside, for tests: a site that has some, and what they got."""

import mailbox
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Any

from django.test import override_settings
from django.utils import timezone

from delivery.models import ArchiverCopy, ArchiverState
from delivery.services import archiving
from tests.support.posting import arrive, judge_all, letter

ALL = ["prototype", "mbox", "mhonarc", "mail-archive"]
SCRIPT = """
import os, pathlib, sys
folder = pathlib.Path(sys.argv[1]); folder.mkdir(exist_ok=True)
(folder / os.environ["MESSAGE_ID_HASH"]).write_bytes(sys.stdin.buffer.read())
"""
"""A command that files each post under its hash."""


@contextmanager
def archivers(folder: Path, *names: str, **more: Any) -> Iterator[None]:
    """A site with these archivers, which keep their files in the folder."""
    with override_settings(ARCHIVERS=list(names), ARCHIVERS_FOLDER=folder, **more):
        yield


def command(source: str, *words: str) -> str:
    """A value of MHONARC_COMMAND: this program of Python with these words."""
    return " ".join([sys.executable, "-c", f"'{source}'", *words])


def post(*subjects: str, to: str = "dev@example.org", **fields: Any) -> None:
    """These posts, published one after the other."""
    for subject in subjects:
        arrive(letter(subject=subject, to=to, **fields), to)
        judge_all()


def wake() -> None:
    """So long has passed that everything is due again."""
    ArchiverCopy.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    ArchiverState.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def work() -> None:
    archiving.work(seconds=60)


def maildir(folder: Path, list_id: str = "dev.example.org") -> list[Message]:
    """What is in the list's maildir, as Python's own reader sees it."""
    box = mailbox.Maildir(folder / "prototype" / list_id, create=False)
    return sorted(box, key=lambda message: str(message["Subject"]))


def mbox(folder: Path, list_id: str = "dev.example.org") -> list[Message]:
    return list(mailbox.mbox(folder / "mbox" / f"{list_id}.mbox", create=False))
