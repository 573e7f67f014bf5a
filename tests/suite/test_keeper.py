"""Leases that are kept while the work behind them takes its time."""

import threading
from queue import Queue

import pytest
from django.db import OperationalError, connection

from suite.common.keeper import Keeper

LONG = 30
"""Seconds that no turn takes on any machine."""


def test_what_is_in_hand_is_renewed_again_and_again() -> None:
    turns: Queue[list[str]] = Queue()
    with Keeper(turns.put, 0.01) as keeper, keeper.holding("one"):
        assert [turns.get(timeout=LONG) for _ in range(3)] == [["one"]] * 3
        with keeper.holding("two"):
            while turns.get(timeout=LONG) != ["one", "two"]:
                pass


def test_what_was_put_down_is_renewed_no_more() -> None:
    turns: Queue[list[str]] = Queue()
    with Keeper(turns.put, 0.01) as keeper:
        with keeper.holding("one"):
            turns.get(timeout=LONG)
        with keeper.holding("two"):
            while turns.get(timeout=LONG) != ["two"]:
                pass
    assert not any(thread.name == "leases" for thread in threading.enumerate())


def test_a_database_that_is_away_is_asked_again() -> None:
    turns: Queue[list[str]] = Queue()

    def renew(tokens: list[str]) -> None:
        turns.put(tokens)
        raise OperationalError("server closed the connection unexpectedly")

    with Keeper(renew, 0.01) as keeper, keeper.holding("one"):
        assert [turns.get(timeout=LONG) for _ in range(2)] == [["one"]] * 2


@pytest.mark.django_db(transaction=True)
def test_its_connection_is_its_own_and_closed_in_the_end() -> None:
    made: Queue[object] = Queue()

    def renew(tokens: list[str]) -> None:
        connection.ensure_connection()
        made.put(connection.connection)

    with Keeper(renew, 0.01) as keeper, keeper.holding("one"):
        theirs = made.get(timeout=LONG)
    connection.ensure_connection()
    assert theirs is not connection.connection
    with pytest.raises(Exception, match="closed"):
        theirs.cursor().execute("SELECT 1")  # type: ignore[attr-defined]
