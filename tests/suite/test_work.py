"""What makes a lane's tasks quick and its cluster safe: broker, wake, pulse, stopping."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.db import OperationalError, connection, transaction
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from pytest_django import Settings

from delivery.smtp import Timeouts
from suite.common import bells, stopping, wake
from suite.common.broker import PatientBroker
from suite.common.enums import BellKind
from suite.processes.cluster import DEAF, Guard, Pulse

LONG = 60.0  # seconds; only a failure sleeps so long


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> PatientBroker:
    """It sleeps and wakes in a folder of its own: what other tests have rung for is in the pipes of theirs."""
    settings.STATE = tmp_path
    monkeypatch.setattr(Conf, "POLL", 0)
    return PatientBroker("work")


@contextmanager
def database_away() -> Iterator[None]:
    def refuse(*_: Any) -> NoReturn:
        raise OperationalError("the connection is closed")

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.django_db(transaction=True)
def test_tasks_are_handed_out_once_and_oldest_first(broker: PatientBroker) -> None:
    ids = [broker.enqueue("first"), broker.enqueue("second")]
    assert broker.dequeue() == [(ids[0], "first")]
    assert broker.dequeue() == [(ids[1], "second")]
    assert broker.dequeue() is None


@pytest.mark.django_db(transaction=True)
def test_lanes_do_not_take_each_others_tasks(broker: PatientBroker) -> None:
    PatientBroker("send").enqueue("other")
    assert broker.dequeue() is None


@pytest.mark.django_db(transaction=True)
def test_broker_outlives_the_databases_absence(broker: PatientBroker) -> None:
    number = broker.enqueue("task")
    with database_away():
        assert broker.dequeue() is None
        broker.acknowledge(number)
    assert broker.dequeue() == [(number, "task")]
    broker.acknowledge(number)
    assert not OrmQ.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sleeper_is_woken_by_a_task_that_is_committed(broker: PatientBroker) -> None:
    sleeper = wake.Sleeper("work")
    began = time.monotonic()
    with transaction.atomic():
        broker.enqueue("task")
    sleeper.sleep(LONG)
    assert time.monotonic() - began < LONG


@pytest.mark.django_db(transaction=True)
def test_task_that_is_rolled_back_wakes_nobody(broker: PatientBroker) -> None:
    sleeper = wake.Sleeper("work")
    with pytest.raises(RuntimeError), transaction.atomic():
        broker.enqueue("task")
        raise RuntimeError
    with pytest.raises(BlockingIOError):
        os.read(sleeper.pipe, 1)


def test_waking_nobody_is_no_error() -> None:
    wake.wake("no-such-lane")


def test_pulse_is_idle_between_tasks_only() -> None:
    pulse = Pulse(60)
    now = time.monotonic()
    pulse.times[:] = [now - 100, now - 90]
    assert pulse.idle() > DEAF
    pulse.task_begins()
    assert pulse.idle() < 0
    pulse.times[0] = now - 60 - 60
    pulse.times[1] = now - 60 - 90
    assert pulse.idle() > DEAF, "a task that never ends does not keep a cluster alive"


def test_sending_outlasts_the_longest_wait_for_a_relay() -> None:
    """Who is cut off behind the final dot sends the same mail again, and again."""
    assert Guard("send").pulse.longest > Timeouts().dot + 60
    assert bells.TIMEOUT[BellKind.SEND] > Timeouts().dot + 60


@pytest.mark.django_db(transaction=True)
def test_tasks_bear_the_time_that_their_work_may_take(broker: PatientBroker) -> None:
    for kind in BellKind:
        bells.ring(kind)
    tasks = [SignedPackage.loads(row.payload) for row in OrmQ.objects.order_by("id")]
    assert {task["args"][0]: task["timeout"] for task in tasks} == bells.TIMEOUT


def test_child_sees_that_its_parent_was_asked_to_stop() -> None:
    stopping.begin()
    assert not stopping.time_is_up(time.monotonic() + LONG)
    assert stopping.time_is_up(time.monotonic() - 1)
    child = os.fork()
    if not child:
        deadline = time.monotonic() + LONG
        while not stopping.time_is_up(deadline):
            time.sleep(0.01)
        os._exit(0 if stopping.asked() else 1)
    stopping.ask()
    _, status = os.waitpid(child, 0)
    stopping.begin()
    assert status == 0
    assert not stopping.asked()
