"""`manage.py pace clear`: who was put off because of his domain does not wait any longer, and nobody else is touched."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from delivery import tasks
from delivery.enums import BatchState, OutcomeState
from delivery.models import Batch, DomainPace, Outcome
from delivery.services import invariants
from lists.models import MailingList
from tests.support.factories import make_list
from tests.support.outgoing import at_domains, people, put, recipients_of, relay, send_all

pytestmark = pytest.mark.django_db(transaction=True)

LOCKED, FLOOD = "450 4.2.1 mailbox is locked", "450 4.7.28 flood"


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev")


def due_now() -> None:
    past = timezone.now() - timedelta(seconds=1)
    Outcome.objects.filter(state=OutcomeState.DEFERRED).update(due_at=past)
    Batch.objects.filter(state=BatchState.PENDING).update(due_at=past)


def due(domain: str) -> set[datetime | None]:
    return set(Outcome.objects.filter(address__endswith=f"@{domain}.example").values_list("due_at", flat=True))


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_who_was_put_off_at_the_domain_is_due_at_once(dev: MailingList, in_one_batch: bool) -> None:
    """All are put off by their mailboxes first, then those of one domain by its pace."""
    if in_one_batch:
        put(dev, at_domains(big=3, small=2))
    else:
        put(dev, at_domains(big=3))
        put(dev, at_domains(small=2))
    with relay(refuse={"": LOCKED}) as server:
        send_all()
        due_now()
        server.refuse = {"@big": FLOOD, "@small": LOCKED}
        send_all()
        [pace] = DomainPace.objects.all()
        assert (pace.domain, pace.rate) == ("big.example", 60)
        assert not tasks.due("send")
        waiting = due("small")

        server.refuse = {}
        call_command("pace", "clear", "big.example")
        assert tasks.due("send")
        send_all()
    assert recipients_of(server) == {f"ann{number}@big.example": 1 for number in range(3)}
    assert due("small") == waiting
    assert invariants.complaints() == []


def test_a_domain_that_was_not_slowed_keeps_its_times(dev: MailingList) -> None:
    put(dev, people(2))
    with relay(refuse={"": LOCKED}) as server:
        send_all()
        before = list(Outcome.objects.order_by("pk").values_list("due_at", flat=True))
        server.refuse = {}
        call_command("pace", "clear")
        send_all()
    assert not server.deliveries
    assert list(Outcome.objects.order_by("pk").values_list("due_at", flat=True)) == before


def test_an_internationalised_domain_is_known_by_either_name(dev: MailingList) -> None:
    put(dev, [(None, "jürgen@grüße.example", ""), (None, "anne@grüße.example", "")])
    with relay(refuse={"": LOCKED}) as server:
        send_all()
        due_now()
        server.refuse = {"": FLOOD}
        send_all()
        server.refuse = {}
        call_command("pace", "clear", "grüße.example")
        send_all()
    assert len(server.deliveries) == 2
