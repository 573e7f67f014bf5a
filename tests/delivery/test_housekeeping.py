"""The hourly pass: what has had its time goes, all else stays, and a second pass changes nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from archives.enums import State
from archives.models import Arrival, Letter
from delivery import tasks
from delivery.enums import BatchState, BounceKind, BounceSource
from delivery.models import Batch, BounceEvent, Rendering
from lists.enums import PendingKind
from lists.models import MailingList, Pending
from lists.services import pending
from suite.common import events
from suite.common.models import Event
from tests.support.factories import make_list, make_member
from tests.support.pages import everything
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

KEPT = "member.kept"


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev")
    make_member(mlist)
    return mlist


def ago(**span: float) -> datetime:
    return timezone.now() - timedelta(**span)


def pass_() -> None:
    for chore in tasks.HOUSEKEEPING:
        chore()


def cached() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM posthouse_cache ORDER BY cache_key")
        return [key for (key,) in cursor.fetchall()]


@pytest.fixture
def cache_table() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def bounced(mlist: MailingList, address: str, **fields: object) -> None:
    row = {"mlist": mlist, "address": address, "kind": BounceKind.SOFT, "source": BounceSource.DSN}
    BounceEvent.objects.create(**row | fields)


def session(**span: float) -> str:
    store = SessionStore()
    store["who"] = "Anne"
    store.save()
    assert store.session_key is not None
    Session.objects.filter(pk=store.session_key).update(expire_date=timezone.now() + timedelta(**span))
    return store.session_key


@pytest.mark.feature("core.runner.task")
@pytest.mark.usefixtures("cache_table")
def test_what_has_had_its_time_goes_and_all_else_stays(dev: MailingList) -> None:
    waiting = pending.create(PendingKind.SUBSCRIPTION, dev, email="anne@example.com").pending
    over = pending.create(PendingKind.SUBSCRIPTION, dev, email="dora@example.com").pending
    Pending.objects.filter(pk=over.pk).update(created_at=ago(days=5), expires_at=ago(days=2))
    bounced(dev, "used@example.com", at=ago(days=1, hours=1), processed_at=ago(days=1))
    bounced(dev, "fresh@example.com", at=ago(hours=23), processed_at=ago(hours=23))
    bounced(dev, "waits@example.com", at=ago(days=30))
    unused = Letter.objects.create(sha256="0" * 64, raw=b"unused", size=6, created_at=ago(days=1))
    [posted] = arrive(letter())
    judge_all()
    Letter.objects.filter(pk=posted.letter_id).update(created_at=ago(days=1000))
    Arrival.objects.update(received_at=ago(days=1000), state_at=ago(days=1000))
    cache.set("stays", 1, timeout=600)
    cache.set("goes", 1, timeout=600)
    with connection.cursor() as cursor:
        past = connection.ops.adapt_datetimefield_value(ago(hours=1).replace(microsecond=0))
        cursor.execute("UPDATE posthouse_cache SET expires = %s WHERE cache_key LIKE %s", [past, "%goes"])
    signed_in, gone = session(days=1), session(days=-1)

    pass_()

    assert list(Pending.objects.all()) == [waiting]
    assert set(BounceEvent.objects.values_list("address", flat=True)) == {"fresh@example.com", "waits@example.com"}
    assert not Letter.objects.filter(pk=unused.pk).exists()
    kept = Arrival.objects.get()
    assert (kept.pk, kept.letter_id, kept.state) == (posted.pk, posted.letter_id, State.DISTRIBUTED)
    assert cached() == [":1:stays"]
    assert [row.pk for row in Session.objects.all()] == [signed_in] != [gone]

    before, tables = everything(), cached()
    pass_()
    assert (everything(), cached()) == (before, tables)


@pytest.mark.parametrize("field", [{"x_no_archive": "yes"}, {"x_archive": "no"}])
def test_a_post_whose_author_wants_no_archive_goes_with_its_letter(
    dev: MailingList, field: dict[str, str], settings: Settings
) -> None:
    settings.KEEP_REFUSED_DAYS = 10
    MailingList.objects.filter(pk=dev.pk).update(digests_enabled=False)
    [filed] = arrive(letter(subject="Filed"))
    [withheld] = arrive(letter(subject="Withheld", **field))
    judge_all()
    assert Arrival.objects.get(pk=withheld.pk).state == State.DISTRIBUTED
    Batch.objects.update(state=BatchState.SENT)
    Rendering.objects.update(created_at=ago(days=11))

    Letter.objects.update(created_at=ago(days=11))
    Arrival.objects.update(state_at=ago(days=9))
    pass_()
    assert Letter.objects.count() == Arrival.objects.count() == 2

    Arrival.objects.update(state_at=ago(days=11))
    pass_()
    assert list(Arrival.objects.all()) == [filed]
    assert list(Letter.objects.values_list("pk", flat=True)) == [filed.letter_id]


def test_the_audit_trail_goes_back_for_two_years(settings: Settings) -> None:
    for days in (731, 729, 0):
        Event.objects.create(kind=KEPT, subject=str(days), at=ago(days=days))
    assert (events.forget_old(), events.forget_old()) == (1, 0)
    settings.KEEP_EVENTS_DAYS = 1
    assert events.forget_old() == 1
    assert [event.subject for event in Event.objects.all()] == ["0"]
