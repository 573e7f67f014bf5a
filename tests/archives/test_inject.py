"""manage.py inject: the door for MTAs that pipe. Real processes, for what counts is how they end."""

import subprocess
from pathlib import Path

import pytest

from archives.enums import Origin
from archives.management.commands.inject import sender_of
from archives.models import Arrival
from lists.models import MailingList
from suite.common.enums import BellKind
from suite.common.models import Bell
from tests.support.commands import start
from tests.support.waiting import PATIENCE

on_the_database = pytest.mark.django_db(transaction=True)

LETTER = b"Message-ID: <one@example.com>\nFrom: Bart <bart@example.com>\n\nHello all.\n.\n"
ON_WIRE = LETTER.replace(b"\n", b"\r\n")


def inject(*words: str, letter: bytes = LETTER, **environment: str) -> tuple[int, str]:
    """Exit status, and what it says on standard error."""
    with start("inject", *words, stdin=subprocess.PIPE, **environment) as process:
        said, complaint = process.communicate(letter, timeout=PATIENCE)
    assert said == b""
    return process.returncode, complaint.decode()


@on_the_database
@pytest.mark.feature("mta.pipe")
def test_piped_letter_is_kept_or_refused_as_sysexits_say(dev: MailingList, tmp_path: Path) -> None:
    assert inject("dev@example.org", "--sender", "bart@example.com") == (0, "")
    assert inject("nobody@example.org")[0] == 67
    nowhere = f"sqlite:///{tmp_path}/absent/db.sqlite3"
    assert inject("dev@example.org", POSTHOUSE_DATABASE_URL=nowhere)[0] == 75

    arrival = Arrival.objects.select_related("letter").get()
    assert (arrival.mlist, arrival.sender, arrival.recipient) == (dev, "bart@example.com", "dev@example.org")
    assert (arrival.origin, bytes(arrival.letter.raw)) == (Origin.INJECT, ON_WIRE)
    assert Bell.objects.get(kind=BellKind.JUDGE).rung


@on_the_database
def test_letter_for_two_lists_one_of_them_unknown_is_kept_for_none(dev: MailingList) -> None:
    assert inject("dev@example.org", "nobody@example.org") == (67, "There is no such mailbox here.\n")

    assert not Arrival.objects.exists()


@on_the_database
def test_repeat_ends_well_and_an_mbox_separator_is_no_part_of_a_letter(dev: MailingList) -> None:
    assert inject("dev@example.org")[0] == 0
    assert inject("dev@example.org", letter=b"From bart@example.com Fri Nov 20 12:00:00 2026\n" + LETTER)[0] == 0

    assert bytes(Arrival.objects.select_related("letter").get().letter.raw) == ON_WIRE


@pytest.mark.parametrize("letter", [b"", b"\n\n"])
def test_empty_letter_is_a_data_error(letter: bytes) -> None:
    assert inject("dev@example.org", letter=letter) == (65, "There is no letter on standard input.\n")


@on_the_database
def test_letter_over_the_sites_limit_is_a_data_error(dev: MailingList) -> None:
    limit = str(len(ON_WIRE))

    assert inject("dev@example.org", POSTHOUSE_MESSAGE_SIZE_LIMIT=limit)[0] == 0
    assert inject("dev@example.org", letter=LETTER + b"\n", POSTHOUSE_MESSAGE_SIZE_LIMIT=limit)[0] == 65


@pytest.mark.parametrize("words", [(), ("--nonsense", "dev@example.org")])
def test_wrong_usage_is_told_from_trouble(words: tuple[str, ...]) -> None:
    status, complaint = inject(*words)

    assert (status, "usage: " in complaint) == (64, True)


def test_unreadable_key_ring_is_temporary(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")

    status, complaint = inject("dev@example.org", POSTHOUSE_STATE=str(tmp_path))

    assert (status, complaint.startswith("The key ring is not readable")) == (75, True)


@on_the_database
def test_crash_before_the_commit_keeps_nothing(dev: MailingList) -> None:
    assert inject("dev@example.org", POSTHOUSE_FAILPOINTS="intake.before-commit=raise")[0] == 75

    assert not Arrival.objects.exists()


@pytest.mark.parametrize(
    ("environment", "letter", "sender"),
    [
        ("mta@example.com", b"Return-Path: <path@example.com>\r\n" + ON_WIRE, "mta@example.com"),
        ("", b"Return-Path: <path@example.com>\r\n" + ON_WIRE, ""),
        ("<>", ON_WIRE, ""),
        (None, b"Return-Path: <path@example.com>\r\n" + ON_WIRE, "path@example.com"),
        (None, b"Return-Path: <>\r\n" + ON_WIRE, ""),
        (None, ON_WIRE, "bart@example.com"),
        (None, b"Subject: x\r\n\r\n", ""),
    ],
)
def test_sender_without_the_option(
    monkeypatch: pytest.MonkeyPatch, environment: str | None, letter: bytes, sender: str
) -> None:
    monkeypatch.delenv("SENDER", raising=False)
    if environment is not None:
        monkeypatch.setenv("SENDER", environment)

    assert sender_of(letter) == sender
