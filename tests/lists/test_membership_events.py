"""What listeners hear of joining and leaving, and what the audit trail keeps of it: never a token."""

from collections.abc import Iterator

import pytest
from django.db import transaction

from lists.enums import PendingKind, SubscriptionPolicy
from lists.models import MailingList
from lists.services import pending, requests
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.mailing_lists import change_settings
from suite.common import events
from suite.common.models import Event
from tests.support.factories import make_list, make_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]

DORA = "Dora@example.com"
Heard = list[tuple[str, str, str, str]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Kind, list, address and token of each event, as a listener gets them."""
    found: Heard = []

    def listener(event: Event) -> None:
        found.append((event.kind, event.list_id, event.subject.lower(), event.data.get("token", "")))

    events.listen("*", listener)
    yield found
    events._listeners["*"].remove(listener)
    if not events._listeners["*"]:
        del events._listeners["*"]


def about(heard: Heard, *words: str) -> Heard:
    return [event for event in heard if event[0].startswith(words)]


@pytest.mark.feature("core.event.membership")
def test_listeners_hear_of_each_step(dev: MailingList, heard: Heard) -> None:
    asked = join(dev, DORA)
    requests.confirm(asked.token)
    wish = leave(dev, DORA)
    requests.confirm(wish.token)
    invited = join(make_list("cooks"), DORA, invitation=True)

    where, who = "dev.example.org", "dora@example.com"
    assert about(heard, "subscription", "unsubscription", "member") == [
        ("subscription.confirmation-needed", where, who, asked.token),
        ("member.added", where, who, ""),
        ("unsubscription.confirmation-needed", where, who, wish.token),
        ("member.removed", where, who, ""),
        ("subscription.invitation-needed", "cooks.example.org", who, invited.token),
    ]


def test_the_audit_trail_holds_no_token(dev: MailingList) -> None:
    change_settings(dev, subscription_policy=SubscriptionPolicy.CONFIRM_THEN_MODERATE)
    first = join(dev, DORA)
    second = requests.confirm(first.token)

    trail = repr(list(Event.objects.values_list()))

    assert first.token not in trail and second.token not in trail


def test_what_is_rolled_back_was_never_said(dev: MailingList, heard: Heard) -> None:
    with transaction.atomic():
        join(dev, DORA)
        transaction.set_rollback(True)

    assert about(heard, "subscription") == []


def test_the_trail_says_who_did_what(dev: MailingList) -> None:
    requests.confirm(join(dev, DORA).token)
    make_member(dev, "bart@example.com")
    token = leave(dev, "bart@example.com").token
    requests.disown(token)

    found = Event.objects.filter(kind__regex=r"^(member|unsubscription|address)\.").order_by("pk")
    assert [(event.kind, event.actor, event.subject) for event in found] == [
        ("address.verified", "", "dora@example.com"),
        ("member.added", "dora@example.com", DORA),
        ("member.added", "", "bart@example.com"),
        ("unsubscription.disowned", "bart@example.com", "bart@example.com"),
    ]
    assert pending.waiting(dev, kind=PendingKind.UNSUBSCRIPTION).count() == 0
