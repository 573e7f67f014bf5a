"""Archivers that write files: a maildir and an mbox for each list."""

import fcntl
import mailbox
import multiprocessing
import os
import resource
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from delivery.archivers import mbox as mbox_module
from delivery.archivers.base import Archiver, Copy, NotFiled
from delivery.archivers.mbox import Mbox
from delivery.archivers.prototype import Prototype
from lists.models import MailingList
from suite.common.failpoints import Tripped
from tests.support.archiving import archivers, maildir, mbox
from tests.support.factories import make_list
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 2, 9, 5, 7, tzinfo=UTC)


@pytest.fixture
def dev(db: None) -> MailingList:
    return make_list("dev")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> object:
    with archivers(tmp_path, "prototype", "mbox"):
        yield


def copy(mlist: MailingList, subject: str = "One", body: str = "Hello.\n", tries: int = 1) -> Copy:
    header = f"From: Bart <bart@example.com>\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.com>\r\n"
    text = ("\n" + body).replace("\n", "\r\n").encode()
    return Copy(mlist, None, header.encode(), text, f"{subject}@example.com", NOW, f"1793610307.{subject}P1", tries)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.feature("core.archiver.prototype")
def test_each_post_is_one_file_of_the_maildir(dev: MailingList, tmp_path: Path) -> None:
    Prototype().file(copy(dev))
    Prototype().file(copy(dev, "Two"))

    assert files(tmp_path) == [
        "prototype/dev.example.org/new/1793610307.OneP1.dev.example.org",
        "prototype/dev.example.org/new/1793610307.TwoP1.dev.example.org",
    ]
    assert (tmp_path / files(tmp_path)[0]).read_bytes() == (
        b"From: Bart <bart@example.com>\nSubject: One\nMessage-ID: <One@example.com>\n\nHello.\n"
    )
    assert [message["Subject"] for message in maildir(tmp_path)] == ["One", "Two"]


def test_a_repeat_makes_no_second_file(dev: MailingList, tmp_path: Path) -> None:
    Prototype().file(copy(dev))
    Prototype().file(copy(dev, tries=2))

    assert len(files(tmp_path)) == 1


def test_a_repeat_of_what_was_read_meanwhile_makes_no_second_file(dev: MailingList, tmp_path: Path) -> None:
    Prototype().file(copy(dev))
    [new] = (tmp_path / "prototype/dev.example.org/new").iterdir()
    new.rename(new.parent.parent / "cur" / f"{new.name}:2,S")

    Prototype().file(copy(dev, tries=2))

    assert files(tmp_path) == ["prototype/dev.example.org/cur/1793610307.OneP1.dev.example.org:2,S"]


def test_a_repeat_takes_away_what_a_crash_left(dev: MailingList, tmp_path: Path) -> None:
    Prototype().file(copy(dev, "Two"))
    left = tmp_path / "prototype/dev.example.org/tmp/1793610307.OneP1.dev.example.org.4711"
    left.write_text("From: Ba")

    Prototype().file(copy(dev, tries=2))

    assert [name.split("/")[2] for name in files(tmp_path)] == ["new", "new"]


def test_posts_stand_in_the_mbox_one_after_the_other(dev: MailingList, tmp_path: Path) -> None:
    Mbox().file(copy(dev))
    Mbox().file(copy(dev, "Two", "Hello.\nFrom now on\n>From then\n\n"))

    assert files(tmp_path) == ["mbox/dev.example.org.mbox"]
    assert (tmp_path / "mbox/dev.example.org.mbox").read_bytes() == (
        b"From dev-bounces@example.org Mon Nov  2 09:05:07 2026\n"
        b"From: Bart <bart@example.com>\nSubject: One\nMessage-ID: <One@example.com>\n\nHello.\n\n"
        b"From dev-bounces@example.org Mon Nov  2 09:05:07 2026\n"
        b"From: Bart <bart@example.com>\nSubject: Two\nMessage-ID: <Two@example.com>\n\n"
        b"Hello.\n>From now on\n>>From then\n\n\n"
    )
    assert [message["Subject"] for message in mbox(tmp_path)] == ["One", "Two"]


def test_a_repeat_stands_in_the_mbox_once(dev: MailingList, tmp_path: Path) -> None:
    for subject, tries in (("One", 1), ("Two", 1), ("One", 2), ("Two", 3)):
        Mbox().file(copy(dev, subject, tries=tries))

    assert [message["Subject"] for message in mbox(tmp_path)] == ["One", "Two"]


def test_half_a_message_is_cut_off_by_whoever_comes_next(
    dev: MailingList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after kill -9 in the middle of the write: nobody tidied up."""
    Mbox().file(copy(dev))
    before = (tmp_path / "mbox/dev.example.org.mbox").read_bytes()
    monkeypatch.setattr(os, "fsync", _dying_at(3))
    with pytest.raises(Tripped):
        Mbox().file(copy(dev, "Half"))
    monkeypatch.undo()
    path = tmp_path / "mbox/dev.example.org.mbox"
    path.write_bytes(path.read_bytes()[:-20])
    assert len(path.read_bytes()) > len(before)

    Mbox().file(copy(dev, "Two"))

    assert path.read_bytes().startswith(before)
    assert [message["Subject"] for message in mbox(tmp_path)] == ["One", "Two"]
    assert files(tmp_path) == ["mbox/dev.example.org.mbox"]


def _dying_at(number: int) -> object:
    """An fsync that ends the process, as it were, the third time: behind the note, its folder, and the entry."""
    calls = iter(range(1, number + 1))

    def fsync(handle: int) -> None:
        if next(calls) == number:
            raise Tripped("here")

    return fsync


def test_a_note_about_a_file_that_was_rotated_away_cuts_nothing(dev: MailingList, tmp_path: Path) -> None:
    Mbox().file(copy(dev))
    path = tmp_path / "mbox/dev.example.org.mbox"
    (path.parent / ".dev.example.org.mbox.begun").write_text(f"{path.stat().st_ino} 5\n")
    path.rename(tmp_path / "old")
    box = mailbox.mbox(path)
    box.add("Subject: Somebody else's\n\nText.\n")
    box.close()

    Mbox().file(copy(dev, "Two"))

    assert [message["Subject"] for message in mbox(tmp_path)] == ["Somebody else's", "Two"]


def _hold(path: Path, held: object, done: object) -> None:
    with path.open("a") as handle:
        fcntl.lockf(handle, fcntl.LOCK_EX)
        held.set()  # type: ignore[attr-defined]
        done.wait(PATIENCE)  # type: ignore[attr-defined]


def test_a_locked_mbox_is_left_alone(dev: MailingList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox_module, "PATIENCE", 0.2)
    Mbox().file(copy(dev))
    path = tmp_path / "mbox/dev.example.org.mbox"
    context = multiprocessing.get_context("fork")
    held, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(path, held, done))
    other.start()
    assert held.wait(PATIENCE)

    with pytest.raises(NotFiled, match="Another program holds"):
        Mbox().file(copy(dev, "Two"))
    done.set()
    other.join()
    Mbox().file(copy(dev, "Two", tries=2))

    assert [message["Subject"] for message in mbox(tmp_path)] == ["One", "Two"]


def test_a_full_disk_is_an_error(dev: MailingList, tmp_path: Path) -> None:
    (tmp_path / "mbox").mkdir()
    (tmp_path / "mbox/dev.example.org.mbox").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left"):
        Mbox().file(copy(dev))


@pytest.mark.feature("core.archiver.prototype")
@pytest.mark.parametrize("archiver", [Prototype(), Mbox()], ids=["maildir", "mbox"])
def test_without_room_nothing_is_left_half(dev: MailingList, tmp_path: Path, archiver: Archiver) -> None:
    """No file may grow beyond 20 kB, as on a full disk."""
    archiver.file(copy(dev))
    large = copy(dev, "Large", "Line after line.\n" * 4_000)
    before, (soft, hard) = files(tmp_path), resource.getrlimit(resource.RLIMIT_FSIZE)
    sizes = [(tmp_path / name).stat().st_size for name in before]
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            archiver.file(large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(tmp_path) == before
    assert [(tmp_path / name).stat().st_size for name in before] == sizes

    archiver.file(replace(large, tries=2))

    got = maildir(tmp_path) if archiver.name == "prototype" else mbox(tmp_path)
    assert sorted(str(message["Subject"]) for message in got) == ["Large", "One"]


@pytest.mark.parametrize("archiver", [Prototype(), Mbox()], ids=["maildir", "mbox"])
def test_a_list_keeps_its_place_under_another_name(dev: MailingList, tmp_path: Path, archiver: Archiver) -> None:
    archiver.file(copy(dev))
    dev.list_name = "renamed"
    archiver.file(copy(dev, "Two"))

    assert {path.split("/")[1].removesuffix(".mbox") for path in files(tmp_path)} == {"dev.example.org"}
