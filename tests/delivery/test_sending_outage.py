"""The database goes away while somebody sends: what he holds is free as soon as it is back."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection

from delivery.enums import BatchState
from delivery.models import Batch
from lists.models import MailingList
from tests.support.factories import make_list
from tests.support.outgoing import people, put, relay, send_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev")


@contextmanager
def away_once(at: Callable[[str], bool]) -> Iterator[list[str]]:
    """The connection dies at the first such statement; the statements at which it died."""
    died: list[str] = []

    def execute(run: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not died and at(sql):
            died.append(sql)
            raise OperationalError("server closed the connection unexpectedly")
        return run(sql, *rest)

    with connection.execute_wrapper(execute):
        yield died


def test_batch_in_hand_is_given_back(dev: MailingList) -> None:
    """Here when the next try of somebody who was deferred is looked up."""
    put(dev, people(2))
    with relay(refuse={"^member0": "450 4.2.1 later"}) as server:
        with away_once(lambda sql: "MIN(" in sql) as died, pytest.raises(OperationalError):
            send_all()
        assert len(died) == 1
        batch = Batch.objects.get()
        assert (batch.state, batch.lease_token, batch.done) == (BatchState.PENDING, "", 2)
        send_all()
    assert Counter(delivery.recipient for delivery in server.deliveries) == {"member1@example.com": 1}


def test_batches_that_were_taken_are_not_left_behind(dev: MailingList) -> None:
    """Here between taking them and reading them."""
    put(dev, people(2))
    with relay() as server, away_once(lambda sql: '"archives_letter"."raw"' in sql) as died:
        send_all()
    assert len(died) == 1
    assert Batch.objects.get().state == BatchState.SENT
    assert Counter(delivery.recipient for delivery in server.deliveries) == {
        "member0@example.com": 1,
        "member1@example.com": 1,
    }
