"""A database that is away for a while: what is known waits for it, and is told in the end."""

import random
import sqlite3
import time

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from delivery.models import Batch
from delivery.services import recording
from suite.common import patience, stopping
from suite.common.patience import is_away, patiently
from tests.support.factories import make_list
from tests.support.outgoing import people, put, relay, send_all
from tests.support.requires import on_postgresql, on_sqlite


def test_it_tries_again_until_it_works() -> None:
    tries = []

    def write(answer: str) -> str:
        tries.append(answer)
        if len(tries) < 3:
            raise OperationalError("away")
        return answer

    assert patiently(write, 30)("yes") == "yes"
    assert tries == ["yes"] * 3


def test_it_gives_up_in_time() -> None:
    def write() -> None:
        raise OperationalError("away")

    with pytest.raises(OperationalError):
        patiently(write, 0.3)()


def test_who_is_asked_to_stop_has_time_for_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LAST_WORDS", 0.5)
    stopping.begin()
    tries = []

    def write() -> None:
        tries.append(time.monotonic())
        stopping.ask()
        raise OperationalError("away")

    try:
        with pytest.raises(OperationalError):
            patiently(write, 600)()
    finally:
        stopping.begin()
    assert len(tries) > 1


@pytest.mark.django_db(transaction=True)
def test_what_the_relay_took_is_recorded_when_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    put(make_list("dev"), people(3))
    write, failures = recording._write_first_answers, [OperationalError("away")] * 2

    def shaky(*words: object) -> str:
        if failures:
            raise failures.pop()
        return write(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(recording, "_write_first_answers", shaky)
    with relay() as server:
        send_all()
        send_all()
    assert len(server.deliveries) == 3
    assert Batch.objects.get().done == 3


@on_postgresql
@pytest.mark.django_db
def test_postgresql_refuses_what_no_index_takes() -> None:
    text = "".join(random.Random(1).choices([chr(code) for code in range(0x4E00, 0x9F00)], k=1000))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE wide (value text UNIQUE)")
        with pytest.raises(OperationalError) as refused, transaction.atomic():
            cursor.execute("INSERT INTO wide VALUES (%s)", [text])
    assert not is_away(refused.value)


@on_sqlite
@pytest.mark.django_db
def test_sqlite_refuses_too_many_values() -> None:
    connection.ensure_connection()
    before = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 3)
    try:
        with connection.cursor() as cursor, pytest.raises(OperationalError) as refused:
            cursor.execute("SELECT %s, %s, %s, %s", [1, 2, 3, 4])
    finally:
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)
    assert not is_away(refused.value)


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (OperationalError("the connection is closed"), True),
        (InterfaceError("connection already closed"), True),
        (ValueError("no digit"), False),
    ],
)
def test_what_no_database_has_numbered(error: Exception, away: bool) -> None:
    assert is_away(error) is away
