"""Work for archivers outside: done once whoever dies, tried again when it fails, in nobody's way, and shown to the operator."""

import json
import signal
import smtplib
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from archives.enums import State
from archives.models import Arrival, Post
from delivery import tasks
from delivery.archivers import table
from delivery.checks import check_archivers
from delivery.models import ArchiverCopy, ArchiverState, Batch, Notice
from delivery.services import archiving, invariants
from lists.models import MailingList
from lists.services.mailing_lists import change_settings
from suite.common.failpoints import armed
from suite.processes import table as processes
from tests.support.archiving import SCRIPT, archivers, command, maildir, mbox, post, wake, work
from tests.support.commands import start
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, letter
from tests.support.site import site
from tests.support.smtpd import CapturingServer
from tests.support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

FAILS = "false"
WORKS = command(SCRIPT, "$archive_dir/mhonarc")


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[MailingList]:
    """dev@example.org of a site with four archivers, which uses none; bart@example.com is a member."""
    with archivers(tmp_path, "prototype", "mbox", "mhonarc", "mail-archive", MHONARC_COMMAND=WORKS):
        mlist = make_list("dev", archivers=[], max_message_size=0)
        make_member(mlist, "bart@example.com")
        yield mlist


def use(mlist: MailingList, *names: str) -> None:
    change_settings(mlist, archivers=list(names))


def in_files(folder: Path) -> list[str]:
    """Subjects of what each archiver that writes files has got."""
    found = [str(message["Subject"]) for message in maildir(folder)] if (folder / "prototype").exists() else []
    return found + ([str(message["Subject"]) for message in mbox(folder)] if (folder / "mbox").exists() else [])


def out_of_order(folder: Path, archiver: str = "prototype") -> None:
    """Nobody can make a folder where a file is."""
    (folder / archiver).write_text("")


def in_order(folder: Path, archiver: str = "prototype") -> None:
    (folder / archiver).unlink()


def delivered() -> list[str]:
    with relay() as server:
        send_all()
    return sorted(one.recipient for one in server.deliveries)


# --- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.archiver.prototype", "core.runner.archive")
def test_mail_goes_on_while_the_maildir_cannot_be_written_and_the_post_is_filed_later(
    dev: MailingList, tmp_path: Path
) -> None:
    use(dev, "prototype")
    out_of_order(tmp_path)
    post("One")
    work()
    assert delivered() == ["bart@example.com"]
    assert Post.objects.count() == 1
    [copy] = ArchiverCopy.objects.all()
    assert "Not a directory" in copy.last_error or "File exists" in copy.last_error

    in_order(tmp_path)
    work()
    assert ArchiverCopy.objects.count() == 1  # it is not due
    wake()
    work()

    assert [message["Subject"] for message in maildir(tmp_path)] == ["One"]
    assert not ArchiverCopy.objects.exists()


@pytest.mark.feature("core.runner.archive", "core.archiver.mhonarc")
def test_one_failing_archiver_stops_no_other(dev: MailingList, tmp_path: Path) -> None:
    use(dev, "prototype", "mbox", "mhonarc")
    with override_settings(MHONARC_COMMAND=FAILS):
        post("One", "Two")
        work()

    assert in_files(tmp_path) == ["One", "Two", "One", "Two"]
    assert [copy.archiver for copy in ArchiverCopy.objects.all()] == ["mhonarc"] * 2
    assert delivered() == ["bart@example.com"] * 2


@pytest.mark.feature("core.runner.archive")
def test_one_post_that_an_archiver_chokes_on_stops_no_other(dev: MailingList, tmp_path: Path) -> None:
    use(dev, "mhonarc")
    choosy = command('import sys; sys.exit(b"Subject: Poison" in sys.stdin.buffer.read())')
    with override_settings(MHONARC_COMMAND=choosy):
        post("One", "Poison", "Three")
        for _ in range(6):
            wake()
            work()

    [copy] = ArchiverCopy.objects.all()
    assert (copy.attempts, copy.message_id) == (6, Arrival.objects.order_by("pk")[1].message_id)


@pytest.mark.feature("core.runner.archive")
def test_an_archiver_that_raises_anything_is_tried_again(
    dev: MailingList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Odd(type(table.ARCHIVERS["prototype"])):  # type: ignore[misc]
        def file(self, copy: Any) -> None:
            raise ZeroDivisionError("\0odd")

    use(dev, "prototype", "mbox")
    monkeypatch.setitem(table.ARCHIVERS, "prototype", Odd())
    post("One")
    work()
    assert [copy.last_error for copy in ArchiverCopy.objects.all()] == ["odd"]
    monkeypatch.undo()
    wake()
    work()

    assert in_files(tmp_path) == ["One", "One"]


def test_a_copy_waits_longer_each_time_and_is_never_given_up(dev: MailingList) -> None:
    use(dev, "mhonarc")
    post("One")
    waits = []
    with override_settings(MHONARC_COMMAND=FAILS):
        for _ in range(7):
            wake()
            work()
            waits.append((ArchiverCopy.objects.get().due_at - timezone.now()).total_seconds() / 60)

    assert [round(wait, -1 if wait > 20 else 0) for wait in waits[:2]] == [1, 5]
    assert waits[:4] == sorted(waits[:4])
    assert all(4 * 60 * 0.89 < wait < 4 * 60 * 1.11 for wait in waits[4:])


def test_an_archiver_that_takes_nothing_rests_and_is_probed_by_one_copy(dev: MailingList, tmp_path: Path) -> None:
    use(dev, "mhonarc", "prototype")
    with override_settings(
        MHONARC_COMMAND=command('import sys; open(sys.argv[1], "a").write("x"); sys.exit(1)', f"{tmp_path}/tries")
    ):
        post(*"ABCDEFG")
        work()
        assert (tmp_path / "tries").read_text() == "xxx"
        assert len(maildir(tmp_path)) == 7
        assert not archiving.is_due()
        ArchiverState.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        assert archiving.is_due()
        work()
        assert (tmp_path / "tries").read_text() == "xxxx"
    ArchiverState.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert ArchiverCopy.objects.filter(attempts=0).count() == 3
    work()

    assert ArchiverCopy.objects.filter(attempts=0).count() == 0
    assert ArchiverState.objects.get().failures == 0
    wake()
    work()
    assert not ArchiverCopy.objects.exists()


@pytest.mark.feature("core.runner.archive")
def test_the_operator_hears_of_a_failing_archiver_once(dev: MailingList) -> None:
    use(dev, "mhonarc")
    post(*"ABCDE")
    with override_settings(MHONARC_COMMAND=FAILS):
        for _ in range(3):
            wake()
            work()

    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient) == ("archiver-fails", "postmaster@localhost")
    assert delivered() == ["bart@example.com"] * 5 + ["postmaster@localhost"]


def test_a_hiccup_is_nobodys_business(dev: MailingList) -> None:
    use(dev, "mhonarc")
    post("A")
    with override_settings(MHONARC_COMMAND=FAILS):
        work()
    wake()
    work()

    assert not Notice.objects.exists()


BLOCKS = """
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
(folder / "begun").write_text(os.environ["MESSAGE_ID_HASH"])
while not (folder / "go").exists(): time.sleep(0.05)
"""


@pytest.mark.feature("core.runner.archive", "core.archiver.mhonarc")
def test_no_mail_waits_for_a_command_that_hangs(dev: MailingList, tmp_path: Path) -> None:
    """A whole site: posts come, are judged and sent while the command has the first of them in hand."""
    use(dev, "mhonarc", "prototype")
    folder = tmp_path / "files"
    folder.mkdir()
    (tmp_path / "blocks.py").write_text(BLOCKS)
    environment = {
        "POSTHOUSE_ARCHIVERS": "mhonarc,prototype",
        "POSTHOUSE_ARCHIVERS_FOLDER": str(folder),
        "POSTHOUSE_MHONARC_COMMAND": f"{sys.executable} {tmp_path / 'blocks.py'} {folder}",
    }
    with CapturingServer() as server, site(tmp_path / "state", relay=server.port, **environment) as up:
        assert "posthouse-archi" in up.children()  # the system keeps fifteen characters of a name
        send(up.lmtp, "One")
        wait_until((folder / "begun").exists)
        send(up.lmtp, "Two", "Three")
        wait_until(lambda: len(server.deliveries) == 3)
        assert ArchiverCopy.objects.filter(archiver="mhonarc").count() == 3
        (folder / "go").touch()
        wait_until(lambda: not ArchiverCopy.objects.exists())

    assert [message["Subject"] for message in maildir(folder)] == ["One", "Three", "Two"]


def send(door: tuple[str, int], *subjects: str) -> None:
    with smtplib.LMTP(*door) as session:
        for subject in subjects:
            session.sendmail("bart@example.com", ["dev@example.org"], letter(subject=subject))


# --- crashes ----------------------------------------------------------------------------------------------------------


def die_at(failpoint: str, folder: Path, *words: str) -> None:
    """A process of its own that is killed there."""
    environment: dict[str, Any] = {
        "POSTHOUSE_ARCHIVERS": "prototype,mbox,mail-archive",
        "POSTHOUSE_ARCHIVERS_FOLDER": str(folder),
    }
    with start(*words, POSTHOUSE_FAILPOINTS=f"{failpoint}=kill", **environment) as process:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL


@pytest.mark.feature("core.runner.archive")
@pytest.mark.parametrize("archiver", ["prototype", "mbox", "mail-archive"])
@pytest.mark.parametrize("failpoint", ["archiving.claimed", "archiving.filed", "archiving.in-commit"])
def test_dying_anywhere_files_each_post_once(dev: MailingList, tmp_path: Path, failpoint: str, archiver: str) -> None:
    """Another worker of the same machine goes on at once: it sees that who held the copy is dead."""
    use(dev, archiver)
    post("One", "Two")
    die_at(failpoint, tmp_path, "drain", "archive")
    assert ArchiverCopy.objects.count() == 2

    assert archiving.is_due()
    work()

    assert not ArchiverCopy.objects.exists()
    if archiver == "mail-archive":
        assert [to for to in delivered() if to != "bart@example.com"] == ["archive@mail-archive.com"] * 2
    else:
        assert sorted(in_files(tmp_path)) == ["One", "Two"]
    assert invariants.complaints() == []


@pytest.mark.feature("core.runner.archive")
@pytest.mark.parametrize("failpoint", ["journey.before-commit", "journey.in-commit"])
def test_post_and_copies_come_together_or_not_at_all(dev: MailingList, tmp_path: Path, failpoint: str) -> None:
    use(dev, "prototype", "mbox")
    arrive(letter(subject="One"))
    die_at(failpoint, tmp_path, "drain", "judge")
    assert [model.objects.count() for model in (Post, Batch, ArchiverCopy)] == [0, 0, 0]

    tasks.drain("judge")
    assert [model.objects.count() for model in (Post, Batch, ArchiverCopy)] == [1, 1, 2]


def test_two_workers_file_each_post_once(dev: MailingList, tmp_path: Path) -> None:
    use(dev, "mbox", "mail-archive")
    post(*"ABCD")

    def one() -> None:
        work()
        connections.close_all()

    workers = [threading.Thread(target=one) for _ in range(2)]
    with armed("archiving.filed=sleep:0.05"):
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert sorted(in_files(tmp_path)) == [*"ABCD"]
    assert [to for to in delivered() if to != "bart@example.com"] == ["archive@mail-archive.com"] * 4
    assert not ArchiverCopy.objects.exists()


def test_who_slept_through_his_lease_writes_nothing(dev: MailingList) -> None:
    use(dev, "mail-archive")
    post("One")
    copy = archiving._claim("")
    assert copy is not None
    wake()
    work()

    with pytest.raises(archiving.Elsewhere):
        archiving._file(copy)
    archiving._failed(copy, "too late")

    assert [to for to in delivered() if to != "bart@example.com"] == ["archive@mail-archive.com"]
    assert not ArchiverState.objects.exists()


def test_what_a_living_worker_has_in_hand_is_his(dev: MailingList) -> None:
    use(dev, "prototype")
    post("One")
    assert (archiving.is_due(), archiving.somebody_works()) == (True, False)
    archiving._claim("")

    assert (archiving.is_due(), archiving.somebody_works()) == (False, True)
    ArchiverCopy.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert (archiving.is_due(), archiving.somebody_works()) == (True, False)


# --- the operator -----------------------------------------------------------------------------------------------------


def manage(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    call_command(*words)
    return capsys.readouterr().out


@pytest.fixture
def failing(dev: MailingList) -> Iterator[MailingList]:
    """Three posts that mhonarc does not take."""
    use(dev, "mhonarc")
    with override_settings(MHONARC_COMMAND=FAILS):
        post(*"ABC")
        work()
        yield dev


@pytest.mark.feature("core.runner.archive")
def test_what_failed_is_shown_tried_again_and_given_up(
    failing: MailingList, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = ArchiverCopy.objects.order_by("pk")
    shown = json.loads(manage(capsys, "archivers", "waiting", "mhonarc", "--json"))
    assert [(one["number"], one["tries"], one["error"]) for one in shown] == [
        (copy.pk, 1, "false ended with 1: without a word") for copy in (first, second, third)
    ]
    assert "false ended with 1" in manage(capsys, "archivers", "waiting")
    assert "The archiver mhonarc does not take posts: false ended with 1" in manage(capsys, "queue")
    assert json.loads(manage(capsys, "queue", "--json"))["archivers"][0]["failures"] == 3
    told = json.loads(manage(capsys, "archivers", "list", "--json"))
    assert [(row["archiver"], row["site"], row["lists"], row["waiting"]) for row in told] == [
        ("prototype", "on", 0, 0), ("mbox", "on", 0, 0), ("mhonarc", "on", 1, 3), ("mail-archive", "on", 0, 0)
    ]  # fmt: skip
    assert "mhonarc" in manage(capsys, "trace", first.message_id)

    assert manage(capsys, "archivers", "drop", str(second.pk)) == "1 given up.\n"
    assert not archiving.is_due()
    assert manage(capsys, "archivers", "retry", str(first.pk)) == "1 will be tried now.\n"
    with override_settings(MHONARC_COMMAND=WORKS):
        work()
        assert [copy.pk for copy in ArchiverCopy.objects.all()] == [third.pk]
        assert manage(capsys, "archivers", "retry", "--archiver", "mhonarc") == "1 will be tried now.\n"
        work()
    assert manage(capsys, "archivers", "waiting") == "Nothing waits.\n"
    assert len(list((tmp_path / "mhonarc").iterdir())) == 2
    assert "does not take" not in manage(capsys, "queue")
    assert set(Arrival.objects.values_list("state", flat=True)) == {State.DISTRIBUTED}


def test_archivers_are_switched_for_lists(dev: MailingList, capsys: pytest.CaptureFixture[str]) -> None:
    other = make_list("other")
    assert manage(capsys, "archivers", "on", "mbox", "dev@example.org", "other.example.org") == (
        "dev@example.org uses mbox.\nother@example.org uses mbox, as before.\n"
    )
    with override_settings(ARCHIVERS=[]):
        assert "POSTHOUSE_ARCHIVERS has to name mbox." in manage(capsys, "archivers", "on", "mbox", "--all")
    manage(capsys, "archivers", "off", "prototype", "--all")
    for mlist in (dev, other):
        mlist.refresh_from_db()

    assert (dev.archivers, other.archivers) == (["mbox"], ["mbox", "mhonarc", "mail-archive"])


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("on", "hypermail", "--all"), "There is no archiver hypermail"),
        (("on", "mbox"), "Name lists, or --all of them."),
        (("on", "mbox", "nowhere@example.org"), "There is no list nowhere@example.org"),
        (("waiting", "hypermail"), "There is no archiver hypermail"),
        (("drop",), "Name copies by their numbers"),
        (("drop", "1", "--archiver", "mbox"), "Name copies by their numbers"),
        (("retry", "4711"), "Nothing waits under the number 4711."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_commands_say_what_is_wrong(dev: MailingList, words: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(CommandError, match=complaint):
        call_command("archivers", *words)


def test_what_waits_for_an_archiver_that_is_gone_is_complained_about(
    dev: MailingList, capsys: pytest.CaptureFixture[str]
) -> None:
    use(dev, "mbox")
    post("One")
    with override_settings(ARCHIVERS=["prototype"]):
        work()
        assert invariants.complaints() == ["1 posts wait for the archiver mbox, which the site does not have"]
        assert manage(capsys, "archivers", "drop", "--archiver", "mbox") == "1 given up.\n"
    assert invariants.complaints() == []


@pytest.mark.feature("core.config.check")
@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"ARCHIVERS": ["hypermail"]}, "POSTHOUSE_ARCHIVERS names 'hypermail'"),
        ({"ARCHIVERS": ["mhonarc"], "MHONARC_COMMAND": ""}, "POSTHOUSE_MHONARC_COMMAND names no command"),
        ({"ARCHIVERS": ["mhonarc"], "MHONARC_COMMAND": "mhonarc 'x"}, "POSTHOUSE_MHONARC_COMMAND names no command"),
        ({"CLOBBER_DATE": "perhaps"}, "POSTHOUSE_CLOBBER_DATE is 'perhaps'"),
        ({"ARCHIVER_SECONDS": 0.0}, "POSTHOUSE_ARCHIVER_SECONDS"),
    ],
    ids=["unknown", "no-command", "open-quote", "date", "seconds"],
)
def test_a_setting_that_cannot_work_is_named(settings: dict[str, Any], named: str) -> None:
    assert check_archivers(None) == []
    with override_settings(**settings):
        [complaint] = check_archivers(None)

    assert named in complaint.msg


def test_a_site_without_archivers_has_no_process_for_them_and_asks_nothing(
    django_assert_num_queries: Any, tmp_path: Path
) -> None:
    assert "archive" not in [process.name for process in processes.wanted(demo=False)]
    with django_assert_num_queries(0):
        assert not tasks.due("archive")
    with archivers(tmp_path, "mbox"), django_assert_num_queries(3):
        assert not tasks.due("archive")
    with archivers(tmp_path, "mbox"):
        assert "archive" in [process.name for process in processes.wanted(demo=False)]
