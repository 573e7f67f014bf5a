"""Endpoints that are dead, switched off or removed; posts that wait for them; processes that die."""

import signal
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from archives.models import Arrival
from delivery import tasks
from delivery.endpoints import knocking, managing
from delivery.enums import BatchState, OutcomeState
from delivery.models import Batch, Endpoint, Outcome
from delivery.services import control, invariants
from lists.models import MailingList
from suite.common.models import Bell, Event
from tests.support.archiving import post
from tests.support.commands import start
from tests.support.endpoint import NOBODY, ids, letter_of, mailed, member, point, states, wake, work
from tests.support.notices import told
from tests.support.receiver import Receiver
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)

OVER_HTTP = pytest.mark.feature("ext.http-delivery")


@OVER_HTTP
def test_a_dead_endpoint_is_in_nobodys_way(dev: MailingList) -> None:
    with Receiver() as receiver:
        point(dev, NOBODY, member("cris"))
        point(dev, receiver.url, member("eve"))
        post("One", "Two", "Three")
        assert mailed() == ["bart@example.com"] * 3  # before anybody asks it
        work()
        assert [str(letter_of(got)["Subject"]) for got in receiver.got] == ["[Dev] One", "[Dev] Two", "[Dev] Three"]

    dead = Endpoint.objects.get(url=NOBODY)
    assert (dead.failures, dead.last_error) == (1, "The server does not answer: ConnectionRefusedError")
    assert Outcome.objects.get().address == "cris@example.com"
    assert not tasks.due("endpoint")


@OVER_HTTP
def test_one_that_stays_dead_is_switched_off_when_its_first_post_is_given_up(dev: MailingList) -> None:
    point(dev, NOBODY, member("cris"))
    post("One")
    work()
    wake()
    work()
    Endpoint.objects.update(failing_since=timezone.now() - timedelta(days=5), failures=100)
    Batch.objects.filter(endpoint__isnull=False).update(expires_at=timezone.now() - timedelta(seconds=1))
    wake()
    work()

    assert Outcome.objects.get().state == OutcomeState.EXPIRED
    assert Endpoint.objects.get().off_at is not None
    assert [notice.recipient for notice in told("endpoint-off")] == ["anne@example.com"]
    assert Event.objects.get(kind="endpoint.off").actor == "delivery"
    mailed()  # the first, and the notice
    post("Two")
    assert mailed() == ["bart@example.com", "cris@example.com", "eve@example.com"]
    assert invariants.complaints() == []


@pytest.mark.parametrize(("failures", "off"), [(3, False), (4, True)])
def test_one_that_refuses_everything_for_days_is_switched_off(dev: MailingList, failures: int, off: bool) -> None:
    """But not the endpoint of a quiet list that has failed now and then."""
    with Receiver(answers=[404]) as receiver:
        point(dev, receiver.url, member("cris"))
        Endpoint.objects.update(failing_since=timezone.now() - timedelta(days=5), failures=failures)
        post("One")
        work()

    assert (Endpoint.objects.get().off_at is not None) is off


def test_a_lists_posts_wait_for_one_that_is_switched_off_and_then_come(dev: MailingList) -> None:
    with Receiver(answers=[503]) as receiver:
        point(dev, receiver.url)
        post("One", "Two")
        work()
        managing.switch_off(Endpoint.objects.get(), "test", actor="test")
        wake()
        work()
        assert len(receiver.got) == 1
        assert not tasks.due("endpoint")
        assert mailed() == []
        managing.switch_on(Endpoint.objects.get(), actor="test")
        work()

    assert len(receiver.got) == 3
    assert states() == [BatchState.SENT] * 2
    assert told("endpoint-off") == []  # whoever switched it off knows


def test_what_waits_for_a_list_is_given_up_in_the_end(dev: MailingList) -> None:
    point(dev, NOBODY)
    post("One")
    managing.switch_off(Endpoint.objects.get(), "test", actor="test")
    Batch.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    work()

    assert states() == [BatchState.EXPIRED]
    [outcome] = Outcome.objects.all()
    assert (outcome.state, outcome.address) == (OutcomeState.EXPIRED, NOBODY.removesuffix("/"))
    assert mailed() == []


def test_what_waits_for_one_that_is_removed(dev: MailingList) -> None:
    """A member's goes by mail; a list's own is never mailed to anybody."""
    with Receiver(answers=[503, 503]) as receiver:
        point(dev, receiver.url, with_mail=True)
        point(dev, receiver.url, member("cris"))
        post("One")
        work()
        for endpoint in Endpoint.objects.all():
            managing.remove(endpoint, actor="test")
        wake()
        assert mailed() == ["bart@example.com", "cris@example.com", "eve@example.com"]

    assert sorted(Batch.objects.values_list("state", flat=True)) == ["cancelled", "sent", "sent"]
    assert invariants.complaints() == []


def test_no_mail_can_go_to_a_lists_endpoint(dev: MailingList) -> None:
    """Were its row lost, by a hand in the database, nobody would be asked to deliver to its name."""
    point(dev, NOBODY)
    post("One")
    Batch.objects.update(endpoint=None)

    assert mailed() == []
    assert Outcome.objects.get().code == 553


def test_pausing_and_cancelling_hold_for_endpoints(dev: MailingList) -> None:
    with Receiver(answers=[503]) as receiver:
        point(dev, receiver.url)
        post("One")
        arrival = Arrival.objects.get()
        control.pause(arrival, by="anne")
        work()
        assert receiver.got == []
        control.resume(arrival, by="anne")
        assert Bell.objects.get(kind="endpoint").rung
        work()
        assert control.cancel(arrival, by="anne") == 1
        wake()
        work()

    assert len(receiver.got) == 1
    assert states() == [BatchState.CANCELLED]


def test_our_own_trouble_with_one_post_holds_up_no_other(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    real = knocking.letter

    def choosy(claim: Any) -> bytes:
        if b"Subject: [Dev] One" in bytes(claim.batch.rendering.header):
            raise ZeroDivisionError
        return real(claim)

    with Receiver() as receiver:
        point(dev, receiver.url)
        post("One", "Two")
        monkeypatch.setattr(knocking, "letter", choosy)
        work()
        assert [str(letter_of(got)["Subject"]) for got in receiver.got] == ["[Dev] Two"]
        monkeypatch.undo()
        wake()
        work()

    assert len(receiver.got) == 2
    assert invariants.complaints() == []


def die_at(failpoint: str) -> None:
    """A process of its own that posts, and is killed there."""
    words = {"POSTHOUSE_HTTP_DELIVERY": "yes", "POSTHOUSE_HTTP_DELIVERY_HOSTS": "127.0.0.1"}
    environment: dict[str, Any] = words | {"POSTHOUSE_FAILPOINTS": f"{failpoint}=kill"}
    with start("drain", "endpoint", **environment) as process:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL


@OVER_HTTP
@pytest.mark.parametrize(
    ("failpoint", "times"),
    [("endpoints.claimed", 1), ("endpoints.before-record", 2), ("endpoints.after-record", 1)],
)
def test_dying_anywhere_repeats_at_most_one_post_under_its_id(dev: MailingList, failpoint: str, times: int) -> None:
    with Receiver() as receiver:
        key = point(dev, receiver.url, member("cris"))
        post("One", "Two")
        die_at(failpoint)
        assert tasks.due("endpoint")
        work()

    subjects = [str(letter_of(got)["Subject"]) for got in receiver.got]
    assert subjects == ["[Dev] One"] * times + ["[Dev] Two"]
    assert len(set(ids(receiver))) == 2
    assert all(got.signed_by(key) for got in receiver.got)
    assert states() == [BatchState.SENT] * 2
    assert invariants.complaints() == []


def test_dying_with_a_no_written_down_asks_no_second_time_before_its_time(dev: MailingList) -> None:
    with Receiver(answers=[503]) as receiver:
        point(dev, receiver.url, member("cris"))
        post("One")
        die_at("endpoints.after-record")
        work()
        assert len(receiver.got) == 1
        assert not tasks.due("endpoint")
        wake()
        work()

    assert len(receiver.got) == 2
    assert invariants.complaints() == []
