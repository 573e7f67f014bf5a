"""A worker dies at a named place; another comes. Nothing is lost, and nobody gets more copies than the place allows."""

import os
import random
import signal
import threading
import time
from collections import Counter
from typing import Any

import pytest
from django.db import connections
from django.db.models import Sum
from pytest_django import Settings

from archives.enums import State
from archives.models import Arrival, Post
from delivery import tasks
from delivery.models import Batch, BounceEvent, Notice, Outcome
from delivery.services import invariants, sending
from lists.models import MailingList
from moderation.models import HeldMessage
from tests.support.commands import start
from tests.support.dying import await_the_end_of_what_it_asked
from tests.support.factories import make_list, make_member, make_members
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.smtpd import CapturingServer
from tests.support.waiting import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS = 60
TRANSACTION = 20


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev")
    make_member(mlist, "bart@example.com")
    make_members(mlist, MEMBERS - 1)
    return mlist


def die_at(failpoint: str, kind: str, relay_port: int = 1) -> None:
    """A worker of its own that is killed there."""
    environment: dict[str, Any] = {
        "POSTHOUSE_FAILPOINTS": f"{failpoint}=kill",
        "POSTHOUSE_RELAY_URL": f"smtp://127.0.0.1:{relay_port}",
        "POSTHOUSE_SMTP_RECIPIENTS": str(TRANSACTION),
        "POSTHOUSE_SMTP_SESSIONS": "1",
    }
    with start("drain", kind, **environment) as process:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL


def copies(server: CapturingServer) -> Counter[str]:
    return Counter(delivery.recipient for delivery in server.deliveries)


@pytest.mark.parametrize(
    "failpoint", ["journey.before-commit", "journey.in-commit", "journey.after-commit"], ids=["C08-C18", "C20", "C19"]
)
def test_dying_while_judging_makes_one_post_and_one_copy_each(dev: MailingList, failpoint: str) -> None:
    arrivals = [arrive(letter(subject=f"Post {number}"))[0] for number in range(3)]
    die_at(failpoint, "judge")
    with relay() as server:
        judge_all()
        send_all()
    assert list(Post.objects.order_by("number").values_list("number", "subject")) == [
        (number + 1, f"Post {number}") for number in range(3)
    ]
    assert set(copies(server).values()) == {3}
    assert len(copies(server)) == MEMBERS
    assert set(Arrival.objects.filter(pk__in=[a.pk for a in arrivals]).values_list("state", flat=True)) == {
        State.DISTRIBUTED
    }
    assert invariants.complaints() == []


@pytest.mark.parametrize("failpoint", ["journey.before-commit", "journey.in-commit", "journey.after-commit"])
def test_dying_while_holding_makes_one_held_post_and_one_notice(dev: MailingList, failpoint: str) -> None:
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    die_at(failpoint, "judge")
    judge_all()
    assert HeldMessage.objects.filter(decision="").count() == 1
    assert Notice.objects.filter(kind="held").count() == 1
    assert invariants.complaints() == []


@pytest.mark.parametrize(
    ("failpoint", "repeated"),
    [("sending.claimed", 0), ("sending.before-record", TRANSACTION), ("sending.after-record", 0)],
    ids=["C21", "C25", "C26"],
)
def test_dying_while_sending_repeats_at_most_one_transaction(dev: MailingList, failpoint: str, repeated: int) -> None:
    arrive(letter())
    judge_all()
    with relay() as server:
        die_at(failpoint, "send", server.port)
        send_all()
    assert len(copies(server)) == MEMBERS
    assert sum(copies(server).values()) == MEMBERS + repeated
    assert max(copies(server).values()) <= 2
    assert invariants.complaints() == []


@pytest.mark.parametrize(
    ("step", "repeated"), [("MAIL", 0), ("DATA", 0), (".", TRANSACTION)], ids=["C22", "C23", "C24"]
)
def test_dying_in_the_middle_of_a_transaction(dev: MailingList, step: str, repeated: int) -> None:
    """The relay has heard that much of the first one, and keeps its answer back."""
    arrive(letter())
    judge_all()
    environment: dict[str, Any] = {"POSTHOUSE_SMTP_RECIPIENTS": str(TRANSACTION), "POSTHOUSE_SMTP_SESSIONS": "1"}
    with relay() as server:
        server.pause = {step: (over := threading.Event())}
        environment["POSTHOUSE_RELAY_URL"] = f"smtp://127.0.0.1:{server.port}"
        with start("drain", "send", **environment) as process:
            wait_until(lambda: has_come_to(server, step))
            process.kill()
            process.communicate()
        over.set()
        server.wait_until_closed()
        server.pause = {}
        send_all()
    assert len(copies(server)) == MEMBERS
    assert sum(copies(server).values()) == MEMBERS + repeated
    assert invariants.complaints() == []


def test_dying_with_a_refusal_in_hand_hears_it_again(dev: MailingList) -> None:
    """C27: the answer was not recorded; it is asked for again, and counts once."""
    arrive(letter())
    judge_all()
    with relay(refuse={"^bart": "550 5.1.1 no such user"}) as server:
        die_at("sending.before-record", "send", server.port)
        send_all()
    assert BounceEvent.objects.get().address == "bart@example.com"
    assert Outcome.objects.count() == 1
    assert max(copies(server).values()) <= 2
    assert invariants.complaints() == []


def has_come_to(server: CapturingServer, step: str) -> bool:
    """Whether the server has heard this much, answered or not."""
    said = [line for dialogue in server.dialogues for line in dialogue]
    return bool(server.mails) if step == "." else any(line.startswith(step) for line in said)


@pytest.mark.feature("beyond.crash-no-duplicates")
def test_a_hundred_kills_of_the_sender_of_a_large_post(settings: Settings) -> None:
    """Each kill costs at most the one transaction in flight; in the end everybody has the post."""
    mlist = make_list("large")
    make_members(mlist, 5_000)
    settings.SMTP_SESSIONS = 1
    chance = random.Random(1)
    posts = 0
    with relay() as server:
        copied = recorded = 0
        for _ in range(100):
            if not tasks.due("send"):
                posts += 1
                sender = "member0@example.com"
                arrive(letter(to="large@example.org", sender=sender), "large@example.org", sender=sender)
                judge_all()
            kill_a_sender(chance.uniform(0.005, 0.05))
            server.wait_until_closed()
            now_copied, now_recorded = len(server.deliveries), _recorded()
            assert 0 <= (now_copied - copied) - (now_recorded - recorded) <= settings.SMTP_RECIPIENTS
            copied, recorded = now_copied, now_recorded
        send_all()
    assert set(copies(server)) == {f"member{number}@example.com" for number in range(5_000)}
    assert min(copies(server).values()) >= posts
    assert invariants.complaints() == []


def kill_a_sender(seconds: float) -> None:
    """A worker of its own, killed after so long."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        try:
            sending.send(seconds=20)
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    await_the_end_of_what_it_asked()


def _recorded() -> int:
    return Batch.objects.aggregate(done=Sum("done"))["done"] or 0
