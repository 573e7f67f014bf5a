"""Pending tokens: good once, for a time, for one thing; what the database holds of them answers nothing."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from lists.enums import PendingKind, TokenOwner
from lists.errors import RequestPending, UnknownToken
from lists.models import MailingList, Pending
from lists.services import pending
from lists.services.mailing_lists import delete_list
from suite.common.models import Event
from tests.support.factories import make_list
from tests.support.pages import everything

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def age(row: Pending, by: timedelta) -> None:
    """As if so much time had passed for it."""
    Pending.objects.filter(pk=row.pk).update(created_at=row.created_at - by, expires_at=row.expires_at - by)


def days(row: Pending) -> float:
    return round((row.expires_at - row.created_at) / DAY, 3)


@pytest.mark.feature("core.pending.tokens")
def test_a_token_is_40_hex_digits_and_is_not_in_the_database(dev: MailingList) -> None:
    issued = pending.create(PendingKind.DATA, dev, data={"word": "tea"})

    assert re.fullmatch("[0-9a-f]{40}", issued.token)
    assert issued.token not in repr(everything())
    assert pending.read(issued.token).data == {"word": "tea"}
    assert pending.read(f" {issued.token.upper()}\n") == issued.pending
    with pytest.raises(UnknownToken):
        pending.read(issued.pending.fingerprint)


def test_tokens_differ(dev: MailingList) -> None:
    tokens = {pending.create(PendingKind.PROBE, dev).token for _ in range(20)}

    assert len(tokens) == 20


@pytest.mark.parametrize("token", ["", "x", "0" * 40, "0" * 39, "é" * 40, "0" * 41, "\0", "0" * 100_000])
def test_what_is_no_token_is_unknown(dev: MailingList, token: str) -> None:
    pending.create(PendingKind.DATA, dev)

    with pytest.raises(UnknownToken, match="unknown, was used already, or is too old"):
        pending.take(token)


@pytest.mark.feature("core.pending.tokens")
def test_a_token_is_good_once(dev: MailingList) -> None:
    issued = pending.create(PendingKind.SUBSCRIPTION, dev, email="Dora@example.com", owner=TokenOwner.SUBSCRIBER)

    assert pending.take(issued.token).email == "dora@example.com"
    with pytest.raises(UnknownToken):
        pending.take(issued.token)
    assert not Pending.objects.exists()


def test_of_two_who_have_read_it_one_gets_through(dev: MailingList) -> None:
    """Both read before either takes: what two processes do at the same moment."""
    issued = pending.create(PendingKind.SUBSCRIPTION, dev, email="dora@example.com", owner=TokenOwner.SUBSCRIBER)
    first, second, third = (pending.read(issued.token) for _ in range(3))

    pending.reissue(first, owner=TokenOwner.MODERATOR)

    with pytest.raises(UnknownToken):
        pending.use_up(second)
    with pytest.raises(UnknownToken):
        pending.reissue(third, owner=TokenOwner.MODERATOR)
    pending.use_up(first)
    assert not Pending.objects.exists()


@pytest.mark.feature("core.pending.tokens")
def test_each_step_has_a_token_of_its_own(dev: MailingList) -> None:
    issued = pending.create(PendingKind.SUBSCRIPTION, dev, email="dora@example.com", owner=TokenOwner.SUBSCRIBER)

    renewed = pending.reissue(issued.pending, owner=TokenOwner.MODERATOR, data={"step": 2})

    assert renewed != issued.token
    with pytest.raises(UnknownToken):
        pending.read(issued.token)
    row = pending.read(renewed)
    assert (row, row.token_owner, row.data) == (issued.pending, TokenOwner.MODERATOR, {"step": 2})
    assert issued.pending.token_owner == TokenOwner.MODERATOR


def test_a_token_of_another_kind_or_list_is_none(dev: MailingList) -> None:
    issued = pending.create(PendingKind.HELD_MESSAGE, dev)
    cooks = make_list("cooks")

    for attempt in (
        lambda: pending.take(issued.token, PendingKind.SUBSCRIPTION, PendingKind.UNSUBSCRIPTION),
        lambda: pending.take(issued.token, mlist=cooks),
    ):
        with pytest.raises(UnknownToken):
            attempt()

    assert pending.take(issued.token, PendingKind.HELD_MESSAGE, mlist=dev) == issued.pending


@pytest.mark.feature("core.pending.tokens")
@pytest.mark.parametrize(
    ("kind", "owner", "life"),
    [
        (PendingKind.SUBSCRIPTION, TokenOwner.SUBSCRIBER, 3),
        (PendingKind.UNSUBSCRIPTION, TokenOwner.SUBSCRIBER, 3),
        (PendingKind.HELD_MESSAGE, TokenOwner.SUBSCRIBER, 3),
        (PendingKind.SUBSCRIPTION, TokenOwner.MODERATOR, 180),
        (PendingKind.UNSUBSCRIPTION, TokenOwner.MODERATOR, 180),
        (PendingKind.HELD_MESSAGE, TokenOwner.MODERATOR, 180),
        (PendingKind.DATA, TokenOwner.NO_ONE, 180),
        (PendingKind.PROBE, TokenOwner.NO_ONE, 10),
    ],
)
def test_how_long_a_token_lives(dev: MailingList, kind: PendingKind, owner: TokenOwner, life: int) -> None:
    issued = pending.create(kind, dev, owner=owner)
    assert days(issued.pending) == life

    age(issued.pending, timedelta(days=life) - timedelta(minutes=1))
    assert pending.read(issued.token) == issued.pending
    age(issued.pending, timedelta(days=life) + timedelta(seconds=1))
    with pytest.raises(UnknownToken):
        pending.take(issued.token)


def test_the_site_says_how_long(dev: MailingList, settings: Settings) -> None:
    settings.PENDING_REQUEST_DAYS, settings.MODERATOR_REQUEST_DAYS, settings.PROBE_DAYS = 1, 2, 0.5
    rows = [
        pending.create(PendingKind.SUBSCRIPTION, dev, owner=TokenOwner.SUBSCRIBER).pending,
        pending.create(PendingKind.DATA, dev).pending,
        pending.create(PendingKind.PROBE, dev).pending,
        pending.create(PendingKind.PROBE, dev, life=timedelta(days=7)).pending,
    ]

    assert [days(row) for row in rows] == [1, 2, 0.5, 7]


def test_the_next_step_has_a_life_of_its_own(dev: MailingList) -> None:
    issued = pending.create(PendingKind.SUBSCRIPTION, dev, owner=TokenOwner.SUBSCRIBER)

    pending.reissue(issued.pending, owner=TokenOwner.MODERATOR)

    assert days(issued.pending) == 180


@pytest.mark.parametrize("kind", pending.REQUESTS)
def test_an_address_has_one_such_request_on_a_list(dev: MailingList, kind: PendingKind) -> None:
    pending.create(kind, dev, email="Dora@example.com", owner=TokenOwner.SUBSCRIBER)

    with pytest.raises(RequestPending, match=r"A request of dora@EXAMPLE\.com waits already"):
        pending.create(kind, dev, email="dora@EXAMPLE.com", owner=TokenOwner.MODERATOR)

    pending.create(kind, make_list("cooks"), email="dora@example.com")
    pending.create(PendingKind.PROBE, dev, email="dora@example.com")
    pending.create(PendingKind.PROBE, dev, email="dora@example.com")
    assert Pending.objects.count() == 4


@pytest.mark.feature("core.pending.types")
def test_what_waits_is_found_by_kind_and_by_who_must_act(dev: MailingList) -> None:
    rows = {
        (kind, owner): pending.create(kind, dev, email=f"{kind.wire}-{owner.wire}@example.com", owner=owner).pending
        for kind in (PendingKind.HELD_MESSAGE, PendingKind.SUBSCRIPTION, PendingKind.UNSUBSCRIPTION)
        for owner in TokenOwner
    }
    pending.create(PendingKind.SUBSCRIPTION, make_list("cooks"), owner=TokenOwner.MODERATOR)

    for (kind, owner), row in rows.items():
        assert list(pending.waiting(dev, kind=kind, owner=owner)) == [row]
    for wanted in TokenOwner:
        found = pending.waiting(dev, owner=wanted)
        assert list(found) == [row for (_, owner), row in rows.items() if owner == wanted]
    assert pending.waiting(kind=PendingKind.SUBSCRIPTION).count() == 4
    assert [kind.wire for kind in PendingKind][:3] == ["held_message", "subscription", "unsubscription"]
    assert TokenOwner.wire_names() == ["no_one", "subscriber", "moderator"]


def test_what_is_too_old_waits_no_longer(dev: MailingList) -> None:
    issued = pending.create(PendingKind.SUBSCRIPTION, dev, owner=TokenOwner.SUBSCRIBER)
    age(issued.pending, 4 * DAY)

    assert list(pending.waiting(dev)) == []


def test_the_sweep_deletes_what_is_too_old_and_remembers_requests(dev: MailingList) -> None:
    old = pending.create(PendingKind.SUBSCRIPTION, dev, email="dora@example.com", owner=TokenOwner.SUBSCRIBER)
    probe = pending.create(PendingKind.PROBE, dev)
    for row in (old.pending, probe.pending):
        age(row, 11 * DAY)
    fresh = pending.create(PendingKind.UNSUBSCRIPTION, dev, email="bart@example.com", owner=TokenOwner.SUBSCRIBER)

    assert pending.sweep() == 2
    after = everything()
    assert pending.sweep() == 0

    assert everything() == after
    assert list(Pending.objects.all()) == [fresh.pending]
    event = Event.objects.get(kind="subscription.expired")
    assert (event.list_id, event.subject, event.data) == (
        "dev.example.org",
        "dora@example.com",
        {"token_owner": "subscriber"},
    )


def test_the_sweep_works_in_pieces(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "_PIECE", 2)
    for _ in range(5):
        age(pending.create(PendingKind.PROBE, dev).pending, 11 * DAY)

    assert pending.sweep() == 5
    assert not Pending.objects.exists()


def test_a_deleted_list_takes_its_requests_along(dev: MailingList) -> None:
    pending.create(PendingKind.SUBSCRIPTION, dev, email="dora@example.com")
    kept = pending.create(PendingKind.SUBSCRIPTION, make_list("cooks"), email="dora@example.com")

    delete_list(dev)

    assert list(Pending.objects.all()) == [kept.pending]


def test_queries(dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(3):  # a savepoint around the row
        issued = pending.create(PendingKind.DATA, dev)
    with django_assert_num_queries(1):
        assert pending.read(issued.token).mlist == dev
    with django_assert_num_queries(4):  # a savepoint around both
        pending.take(issued.token)


def test_a_row_without_list_belongs_to_the_site() -> None:
    issued = pending.create(PendingKind.DATA, None, data={"at": timezone.now().isoformat()})

    assert pending.read(issued.token).mlist is None
