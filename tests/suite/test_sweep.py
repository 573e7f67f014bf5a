"""The sweep: what it does with bells that nobody answers, with a database that is away, and once an hour."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NoReturn, Self

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from archives.enums import State
from archives.models import Arrival
from delivery import tasks
from delivery.enums import BatchState
from delivery.models import Batch
from delivery.services import claiming
from suite.common import bells
from suite.common.enums import BellKind
from suite.common.models import Bell
from suite.processes.sweep import HOURLY, LONGEST_WAIT, RING_AGAIN, ROUND, WORK_HERE, Sweep, take_hour
from suite.processes.vigil import Vigil
from tests.support.dying import dies_at
from tests.support.factories import make_list, make_member
from tests.support.letters import make_arrival
from tests.support.outgoing import people, put, relay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def arrival() -> Arrival:
    """A post of a member that waits for somebody to judge it; no bell has been rung."""
    mlist = make_list("dev")
    make_member(mlist, "bart@example.com")
    return make_arrival(mlist)


@pytest.fixture
def afternoon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The hour in which the sweep believes to live: no test lasts into the next."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(2026, 11, 20, 14, 30, tzinfo=UTC)

    monkeypatch.setattr("suite.processes.sweep.datetime", Clock)
    return datetime(2026, 11, 20, 14, tzinfo=UTC)


@contextmanager
def database_away() -> Iterator[None]:
    def refuse(*_: Any) -> NoReturn:
        raise OperationalError("the database system is shutting down")

    with connection.execute_wrapper(refuse):
        yield


def bell() -> Bell:
    return Bell.objects.get(kind=BellKind.JUDGE)


def unanswered(seconds: float) -> Sweep:
    """A sweep that has seen the bell for judging ring for so long."""
    sweep = Sweep(known={BellKind.JUDGE})
    sweep.vigils[BellKind.JUDGE] = Vigil(answered_at=bell().answered_at, since=time.monotonic() - seconds)
    return sweep


def state(arrival: Arrival) -> str:
    arrival.refresh_from_db()
    return arrival.state


def test_silent_bell_is_rung_for_what_is_due(arrival: Arrival) -> None:
    Sweep().round()
    assert bell().rung
    assert OrmQ.objects.filter(key="work").count() == 1
    assert state(arrival) == State.RECEIVED


def test_nothing_is_rung_where_nothing_is_due() -> None:
    Sweep().round()
    assert not Bell.objects.filter(rung=True).exists()
    assert not OrmQ.objects.exists()


def test_lost_task_is_made_again(arrival: Arrival) -> None:
    bells.ring(BellKind.JUDGE)
    OrmQ.objects.all().delete()
    unanswered(RING_AGAIN + 1).round()
    assert OrmQ.objects.filter(key="work").count() == 1


def test_task_that_died_with_everybody_is_made_again_at_once(arrival: Arrival) -> None:
    bells.ring(BellKind.JUDGE)
    OrmQ.objects.update(lock=timezone.now() + timedelta(seconds=60))  # a worker had taken it
    sweep = Sweep()
    sweep.round()
    assert OrmQ.objects.filter(key="work").count() == 2
    sweep.round()
    assert OrmQ.objects.filter(key="work").count() == 2, "once; then the answer has its time"


@pytest.mark.parametrize("sweep", [lambda: unanswered(RING_AGAIN + 1), Sweep])
def test_task_that_waits_is_not_doubled(arrival: Arrival, sweep: Callable[[], Sweep]) -> None:
    bells.ring(BellKind.JUDGE)
    sweep().round()
    assert OrmQ.objects.filter(key="work").count() == 1


def test_work_that_nobody_takes_is_done_here(arrival: Arrival) -> None:
    bells.ring(BellKind.JUDGE)
    unanswered(WORK_HERE + 1).round()
    assert state(arrival) == State.DISTRIBUTED
    assert bell().rung, "the guard of the cluster is to hear it still"


def test_worker_that_came_lately_is_left_to_its_work(arrival: Arrival) -> None:
    bells.ring(BellKind.JUDGE)
    Bell.objects.filter(kind=BellKind.JUDGE).update(answered_at=timezone.now() - timedelta(seconds=10))
    unanswered(WORK_HERE + 1).round()
    assert state(arrival) == State.RECEIVED


@pytest.mark.parametrize("lives", [True, False])
def test_work_that_somebody_has_in_hand_is_left_to_him(arrival: Arrival, lives: bool) -> None:
    """A worker that a slow relay holds up answers no bell; the sweep, which must go on, does not queue up behind it."""
    put(arrival.mlist, people(1))
    claiming.claim()
    put(arrival.mlist, [(None, "anne@example.com", "")], urgency=0)
    if not lives:
        Batch.objects.filter(state=BatchState.SENDING).update(lease_until=timezone.now() - timedelta(seconds=1))
    sweep = Sweep(known={BellKind.SEND})
    sweep.vigils[BellKind.SEND] = Vigil(since=time.monotonic() - WORK_HERE - 1)
    with relay() as server:
        sweep.tend(BellKind.SEND, Bell.objects.get(kind=BellKind.SEND))
    assert len(server.deliveries) == (0 if lives else 2)


def test_worker_from_the_future_is_no_worker(arrival: Arrival) -> None:
    """The clock was set back by an hour."""
    bells.ring(BellKind.JUDGE)
    Bell.objects.filter(kind=BellKind.JUDGE).update(answered_at=timezone.now() + timedelta(hours=1))
    unanswered(WORK_HERE + 1).round()
    assert state(arrival) == State.DISTRIBUTED


def test_broker_that_is_away_stops_no_work(arrival: Arrival, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conf, "BROKER_CLASS", "django_q.brokers.redis_broker.Redis")
    monkeypatch.setattr(Conf, "REDIS", "unix:///nowhere/redis.sock")
    bells.ring(BellKind.JUDGE)
    assert bell().rung
    unanswered(WORK_HERE + 1).round()
    assert state(arrival) == State.DISTRIBUTED


def test_answer_begins_the_vigil_anew(arrival: Arrival) -> None:
    bells.ring(BellKind.JUDGE)
    sweep = unanswered(WORK_HERE + 1)
    bells.answer(BellKind.JUDGE)
    bells.ring(BellKind.JUDGE)
    assert sweep.vigils[BellKind.JUDGE].look(bell()) < RING_AGAIN


def test_absent_database_is_waited_for(arrival: Arrival) -> None:
    sweep = Sweep()
    with database_away():
        assert [sweep.guarded_round() for _ in range(5)] == [1.0, 2.0, 4.0, LONGEST_WAIT, LONGEST_WAIT]
    assert sweep.guarded_round() == ROUND
    assert bell().rung


@pytest.mark.parametrize("failpoint", ["sweep.round", "sweep.rung", "sweep.chore-done"])
def test_sweep_that_dies_leaves_nothing_to_its_successor_but_the_rows(arrival: Arrival, failpoint: str) -> None:
    """C40. It may have rung for some of what is due, and done a chore."""
    put(arrival.mlist, people(1))
    dies_at(failpoint, Sweep().round)
    Sweep().round()

    assert {row.kind for row in Bell.objects.filter(rung=True)} == {BellKind.JUDGE, BellKind.SEND}
    assert sorted(OrmQ.objects.values_list("key", flat=True)) == ["send", "work"]
    with relay() as server:
        for kind in (BellKind.JUDGE, BellKind.SEND):
            tasks.drain(kind)
    assert sorted(delivery.recipient for delivery in server.deliveries) == ["bart@example.com", "member0@example.com"]
    assert not tasks.due(BellKind.JUDGE) and not tasks.due(BellKind.SEND)


def test_hour_is_taken_once() -> None:
    hour = datetime(2026, 11, 20, 14, tzinfo=UTC)
    assert [take_hour(hour), take_hour(hour)] == [True, False]
    assert take_hour(hour + timedelta(hours=1))
    assert not take_hour(hour)


def test_sweep_that_dies_with_the_hour_in_hand_leaves_its_chores_to_the_next(afternoon: datetime) -> None:
    """C37: at most once an hour, whatever happens."""
    dies_at("sweep.hour-taken", Sweep(chores=deque()).round)
    successor = Sweep(chores=deque())
    successor.round()
    assert not successor.chores
    assert Bell.objects.get(kind=HOURLY).answered_at == afternoon
    assert take_hour(afternoon + timedelta(hours=1))


def test_housekeeping_is_done_once_an_hour_one_chore_a_round(afternoon: datetime) -> None:
    sweep = Sweep(chores=deque())
    sweep.round()
    left = len(sweep.chores)
    sweep.round()
    assert len(sweep.chores) == left - 1 > 0
    assert Bell.objects.get(kind=HOURLY).answered_at == afternoon
    other = Sweep(chores=deque())
    other.round()
    assert not other.chores


def test_chore_that_fails_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    def broken() -> NoReturn:
        raise ValueError("a bad day")

    take_hour(timezone.now().replace(minute=0, second=0, microsecond=0))
    sweep = Sweep(chores=deque([broken, lambda: done.append("swept")]))
    with caplog.at_level(logging.ERROR):
        sweep.round()
        sweep.round()
    assert done == ["swept"]
    assert "housekeeping: broken failed" in caplog.text
