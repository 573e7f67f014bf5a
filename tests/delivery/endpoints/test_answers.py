"""What an endpoint answers, and what follows."""

from datetime import timedelta
from typing import Any

import pytest

from archives.models import Arrival
from delivery import tasks
from delivery.enums import BatchState, OutcomeState
from delivery.models import BounceEvent, Endpoint, Outcome
from delivery.services import invariants, tracing
from lists.models import MailingList
from tests.support.archiving import post
from tests.support.endpoint import ids, mailed, member, point, states, wake, work
from tests.support.notices import told
from tests.support.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

OVER_HTTP = pytest.mark.feature("ext.http-delivery")


def trace(arrival: Arrival) -> list[dict[str, Any]]:
    return [step.details for step in tracing.story(arrival) if step.what == "recipient"]


@OVER_HTTP
@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_who_says_later_is_asked_again_with_the_same_id(dev: MailingList, status: int) -> None:
    with Receiver(answers=[status, status]) as receiver:
        key = point(dev, receiver.url, member("cris"))
        post("One")
        work()
        [outcome] = Outcome.objects.all()
        assert (outcome.state, outcome.code) == (OutcomeState.DEFERRED, 451)
        assert outcome.due_at is not None
        assert timedelta(seconds=270) <= outcome.due_at - outcome.updated_at <= timedelta(seconds=330)
        assert not tasks.due("endpoint")
        for _ in range(3):
            wake()
            work()

    assert len(receiver.got) == 3
    assert len(set(ids(receiver))) == 1
    assert [got.headers["Posthouse-Attempt"] for got in receiver.got] == ["1", "2", "3"]
    assert all(got.signed_by(key) for got in receiver.got)
    outcome.refresh_from_db()
    assert (outcome.state, outcome.reply) == (OutcomeState.SENT, "HTTP 200 OK")
    assert states() == [BatchState.SENT]
    assert invariants.complaints() == []


@OVER_HTTP
@pytest.mark.parametrize(("status", "reason"), [(400, "Bad Request"), (404, "Not Found"), (413, None)])
def test_who_refuses_is_not_asked_again_and_the_trace_says_why(
    dev: MailingList, status: int, reason: str | None
) -> None:
    with Receiver(answers=[status]) as receiver:
        point(dev, receiver.url, member("cris"))
        post("One")
        work()
        wake()
        work()

    assert len(receiver.got) == 1
    [told_of] = trace(Arrival.objects.get())
    assert (told_of["to"], told_of["state"]) == ("cris@example.com", "refused")
    assert told_of["reply"].startswith(f"554 5.0.0 HTTP {status} {reason or ''}")
    assert not BounceEvent.objects.exists()  # his mailbox has done nothing
    endpoint = Endpoint.objects.get()
    assert (endpoint.off_at, endpoint.failures) == (None, 1)


@OVER_HTTP
def test_who_is_gone_is_switched_off_and_the_owners_hear_why(dev: MailingList) -> None:
    with Receiver(answers=[410]) as receiver:
        point(dev, receiver.url, member("cris"))
        post("One", "Two")
        work()
        assert len(receiver.got) == 1
        post("Three")
        work()
        assert mailed().count("cris@example.com") == 2  # the second, which waited, and the third

    [told_of] = trace(Arrival.objects.order_by("pk")[0])
    assert (told_of["state"], told_of["reply"]) == ("refused", "554 5.0.0 HTTP 410 Gone")
    [notice] = told("endpoint-off")
    assert notice.recipient == "anne@example.com"
    assert "HTTP 410 Gone" in notice.text and "cris@example.com" in notice.text
    assert "/posts" not in notice.text  # passwords stand in paths
    assert len(receiver.got) == 1
    assert invariants.complaints() == []


def test_the_trace_names_the_endpoint_and_not_its_path(dev: MailingList) -> None:
    with Receiver() as receiver:
        point(dev, f"{receiver.url}?token=geheim", member("cris"))
        post("One")
        work()

    planned = [step.details for step in tracing.story(Arrival.objects.get()) if step.what == "planned"]
    assert [step.get("endpoint") for step in planned] == [None, receiver.url.removesuffix("/posts")]
    assert receiver.got[0].path == "/posts?token=geheim"


@OVER_HTTP
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(dev: MailingList, status: int) -> None:
    with Receiver() as other, Receiver(answers=[status], fields={"Location": other.url}) as receiver:
        point(dev, receiver.url, member("cris"))
        post("One")
        work()
        assert (len(receiver.got), len(other.got)) == (1, 0)

    assert Outcome.objects.get().state == OutcomeState.DEFERRED


@pytest.mark.parametrize(
    ("said", "least", "most"), [("1200", 1200, 1200), ("9999999", 21_600, 21_600), ("-5", 540, 660)]
)
def test_who_asks_to_be_left_alone_is_for_so_long_and_no_longer(
    dev: MailingList, said: str, least: int, most: int
) -> None:
    with Receiver(answers=[503], fields={"Retry-After": said}) as receiver:
        point(dev, receiver.url, member("cris"))
        post("One", "Two")
        work()
        assert len(receiver.got) == 1  # the second waits, too

    endpoint = Endpoint.objects.get()
    assert endpoint.failing_since is not None
    assert timedelta(seconds=least) <= endpoint.due_at - endpoint.failing_since <= timedelta(seconds=most)
