"""A worker dies while digests are made; another comes. Each issue is sent once, with its number, and no post is lost."""

import signal
import threading
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.utils import timezone

from archives.models import Post
from delivery.models import Batch, DigestEntry, DigestIssue, DigestShare, Rendering
from delivery.services import digests, invariants, issues
from lists.models import MailingList
from suite.common.failpoints import armed
from tests.support.commands import start
from tests.support.digests import MIME, PLAIN, SUMMARY, deliver, post, shown
from tests.support.factories import make_list, make_member
from tests.support.posting import arrive, judge_all, letter
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev", digest_size_threshold=0, max_message_size=0)
    for name, form in {"anne": MIME, "cris": MIME, "dora": PLAIN, "bart": SUMMARY}.items():
        make_member(mlist, f"{name}@example.com", **form)
    return mlist


def die_at(failpoint: str, *words: str) -> None:
    """A process of its own that is killed there."""
    with start(*words, POSTHOUSE_FAILPOINTS=f"{failpoint}=kill") as process:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL


def wake() -> None:
    """The dead worker's claim has run out."""
    DigestIssue.objects.update(due_at=timezone.now() - timedelta(seconds=1))


@pytest.mark.feature("core.runner.digest")
@pytest.mark.parametrize(
    ("failpoint", "words"),
    [
        ("digest.closed", ("digests", "--send")),
        ("digest.planned", ("drain", "digest")),
        ("digest.composed", ("drain", "digest")),
        ("digest.made", ("drain", "digest")),
    ],
    ids=["C30-closed", "C30-numbered", "C30-built", "C30-queued"],
)
def test_dying_anywhere_sends_each_issue_once(dev: MailingList, failpoint: str, words: tuple[str, ...]) -> None:
    post("One", "Two")
    if words[0] != "digests":
        issues.close(dev)
    die_at(failpoint, *words)
    if words[0] == "digests":  # nothing was committed
        assert issues.collected(dev)[0] == 2
        issues.close(dev)
    post("Three")
    wake()

    mails = deliver()

    assert Counter(recipient for recipient, _ in mails) == dict.fromkeys(
        (f"{name}@example.com" for name in ("anne", "cris", "dora", "bart")), 1
    )
    assert dict(mails) and shown(dict(mails)["anne@example.com"]) == ["[Dev] One", "[Dev] Two"]
    assert {mail["Subject"] for _, mail in mails} == {"Dev Digest, Vol 1, Issue 1"}
    assert issues.collected(dev)[0] == 1
    wake()
    assert deliver() == []
    assert [str(issue) for issue in issues.close(dev)] == ["Vol 1, Issue 2"]
    assert {shown(mail)[0] for recipient, mail in deliver() if recipient == "cris@example.com"} == {"[Dev] Three"}
    assert invariants.complaints() == []


@pytest.mark.feature("core.handler.to-outgoing", "core.runner.digest")
@pytest.mark.parametrize("failpoint", ["journey.before-commit", "journey.in-commit", "digest.closed"])
def test_post_batches_and_digest_come_together_or_not_at_all(dev: MailingList, failpoint: str) -> None:
    MailingList.objects.update(digest_size_threshold=0.001)
    make_member(dev, "member@example.com")
    arrive(letter(subject="One"))
    die_at(failpoint, "drain", "judge")

    assert [model.objects.count() for model in (Post, Batch, DigestEntry, DigestIssue)] == [0, 0, 0, 0]
    judge_all()
    assert [model.objects.count() for model in (Post, Batch, DigestEntry, DigestIssue)] == [1, 1, 1, 1]


def test_two_workers_at_one_issue_make_each_mail_once(dev: MailingList) -> None:
    post("One", "Two")
    [issue] = issues.close(dev)
    claimed = [digests._claim(), None]
    assert claimed[0] == issue
    wake()

    def work() -> None:
        digests.work()
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    with armed("digest.composed=sleep:0.2"):
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert (DigestShare.objects.count(), Rendering.objects.filter(digest_shares__issue=issue).count()) == (3, 3)
    assert Batch.objects.filter(rendering__digest_shares__issue=issue).count() == 3


def test_a_failure_is_tried_again_later_and_stops_nobody_else(dev: MailingList) -> None:
    other = make_list("other", digest_size_threshold=0)
    make_member(other, "anne@example.com", **MIME)
    make_member(other, "bart@example.com")
    post("One")
    issues.close(dev)
    arrive(letter(to="other@example.org", subject="Elsewhere"), "other@example.org")
    judge_all()
    issues.close(other)

    with armed("digest.planned=raise"):
        digests.work()
    failed = DigestIssue.objects.all()
    assert [issue.last_error != "" and issue.due_at > timezone.now() for issue in failed] == [True, True]
    assert not digests.is_due()
    wake()
    assert len(deliver()) == 5 + 1
    assert not DigestIssue.objects.filter(sent_at=None).exists()


@pytest.mark.feature("core.runner.digest")
def test_500_posts_of_a_megabyte_need_little_memory() -> None:
    """The same letter many times: what counts is how much of it is in hand at once, in the process as the system sees it."""
    dev = make_list("dev", digest_size_threshold=0, max_message_size=0)
    make_member(dev, "bart@example.com", **MIME)
    post("One", body=("y" * 72 + "\n") * 14_400)
    entry = DigestEntry.objects.get()
    shared = {"mlist": dev, "letter_id": entry.letter_id, "roster_id": entry.roster_id, "size": entry.size}
    DigestEntry.objects.bulk_create([DigestEntry(header=entry.header, **shared) for _ in range(499)])
    before = memory("VmRSS", forget_peak=True)

    made = issues.close(dev)
    digests.work(seconds=600)

    assert sum(issue.entries.count() for issue in made) == 500
    assert not DigestIssue.objects.filter(sent_at=None).exists()
    used = memory("VmHWM") - before
    assert used < 100 * 1024 * 1024


def memory(name: str, *, forget_peak: bool = False) -> int:
    """Bytes, as /proc/self/status has them."""
    if forget_peak:
        Path("/proc/self/clear_refs").write_text("5")
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024
