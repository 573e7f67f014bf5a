"""Who holds what, and when it is free again."""

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from archives.enums import State
from archives.models import Arrival
from delivery import journey, leases
from delivery.models import Lane
from moderation import scanning
from tests.support import scanners
from tests.support.factories import make_list
from tests.support.posting import arrive, letter


def token_of_a_dead_process() -> str:
    code = "import django; django.setup(); from delivery import leases; print(leases.new_token())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_a_token_tells_whether_its_holder_lives() -> None:
    mine, gone = leases.new_token(), token_of_a_dead_process()
    assert len(mine) == len(gone) == 32
    assert mine != leases.new_token()
    assert not leases.dead(mine)
    assert leases.dead(gone)


@pytest.mark.parametrize("token", ["", "somebody-else", "0" * 32, "f" * 32])
def test_other_machines_tokens_are_never_called_dead(token: str) -> None:
    assert not leases.dead(token)


def test_a_process_number_used_again_is_somebody_else() -> None:
    mine = leases.new_token()
    reused = mine[:14] + f"{int(mine[14:24], 16) - 1:010x}" + mine[24:]
    assert leases.dead(reused)


@pytest.mark.django_db
def test_what_a_dead_process_held_is_free_at_once() -> None:
    mlist = make_list("dev")
    arrive(letter())
    later = timezone.now() + timedelta(minutes=1)
    Lane.objects.create(mlist=mlist, token="0" * 32, until=later)
    assert leases.take_lane() is None
    Lane.objects.update(token=token_of_a_dead_process(), until=later)
    lease = leases.take_lane()
    assert lease is not None
    assert leases.take_lane() is None


@pytest.mark.django_db(transaction=True)
def test_list_is_given_back_when_the_database_has_returned() -> None:
    make_list("dev")
    arrive(letter())
    lease = leases.take_lane()
    assert lease is not None
    failures = iter(["the database system is shutting down"])

    def away_once(execute: Callable[..., Any], *arguments: Any) -> Any:
        for failure in failures:
            raise OperationalError(failure)
        return execute(*arguments)

    with connection.execute_wrapper(away_once):
        leases.release_lane(lease)
    assert leases.take_lane() is not None


def until() -> datetime:
    moment = Lane.objects.get().until
    assert moment is not None
    return moment


@pytest.mark.django_db(transaction=True)
def test_a_list_stays_with_a_worker_whom_a_scanner_keeps_waiting(settings: Settings) -> None:
    """The scanner lets the lease run out nearly, and answers when it was renewed."""
    make_list("dev")
    [arrival] = arrive(letter())
    renewed: list[bool] = []

    def answer(received: bytes) -> bytes | None:
        if not received.endswith(b"Good morning.\r\n"):
            return None
        soon = timezone.now() + timedelta(seconds=20)
        Lane.objects.update(until=soon)
        deadline = time.monotonic() + 30
        while until() <= soon and time.monotonic() < deadline:
            time.sleep(0.01)
        renewed.append(until() > soon)
        connection.close()
        return b"SPAMD/1.1 0 EX_OK\r\nSpam: False ; 0.1 / 5.0\r\n\r\n"

    settings.SCANNER_TIMEOUT = 60
    scanning.forget()
    with scanners.scanner(answer) as settings.SPAMD:
        journey.judge(keep=0.01)
    assert renewed == [True]
    assert Arrival.objects.get(pk=arrival.pk).state == State.HELD
    assert Lane.objects.get().token == ""


@pytest.mark.django_db
def test_a_lane_that_somebody_else_took_is_not_kept_by_who_had_it() -> None:
    mlist = make_list("dev")
    past = timezone.now() - timedelta(minutes=1)
    Lane.objects.create(mlist=mlist, token="a" * 32, until=past)
    leases.keep_lanes(["b" * 32])
    assert until() == past
    leases.keep_lanes(["b" * 32, "a" * 32])
    assert until() > timezone.now()
