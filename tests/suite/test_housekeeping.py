"""What the hourly chores take away, and what they leave, all of them together."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.db.models import F
from django.test import override_settings
from django.utils import timezone

from archives.models import Letter, Post
from archives.services.letters import store_letters
from delivery import tasks
from delivery.models import ArchiverCopy, BounceEvent
from lists.enums import PendingKind, SubscriptionPolicy
from lists.models import Pending
from lists.services import pending
from lists.services.joining import join
from suite.common import forgetting
from tests.support.archiving import archivers, post
from tests.support.factories import make_list, make_member

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cache_table() -> Any:
    """The cache of a site without Redis, emptied."""
    cache = caches["default"]
    assert isinstance(cache, DatabaseCache)
    cache.clear()
    yield cache
    cache.clear()


def keep_house() -> None:
    for chore in tasks.HOUSEKEEPING:
        chore()


def rows() -> dict[str, list[Any]]:
    """Every row of every model."""
    return {model._meta.label: list(model._base_manager.order_by("pk").values()) for model in apps.get_models()}


def cached() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM posthouse_cache")
        return int(cursor.fetchone()[0])


def test_expired_values_of_the_cache_go_and_others_stay(cache_table: Any) -> None:
    cache_table.set("old", 1, timeout=-5)
    cache_table.set("young", 1, timeout=3600)
    cache_table.set("for-ever", 1, timeout=None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE posthouse_cache SET expires = %s WHERE cache_key LIKE %s", [long_ago(), "%old"])
    before = cached()

    went = forgetting.forget_cached()

    assert (went, forgetting.forget_cached()) == (before - 2, 0)
    assert cache_table.get_many(["old", "young", "for-ever"]) == {"young": 1, "for-ever": 1}


def long_ago() -> Any:
    return connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0) - timedelta(days=1))


def test_where_redis_is_the_cache_nothing_is_asked(django_assert_num_queries: Any) -> None:
    local = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    with override_settings(CACHES=local), django_assert_num_queries(0):
        assert forgetting.forget_cached() == 0


def test_expired_sessions_go_and_others_stay() -> None:
    now = timezone.now()
    for key, hours in (("old", -1), ("young", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(hours=hours))

    assert (forgetting.forget_sessions(), forgetting.forget_sessions()) == (1, 0)
    assert [session.session_key for session in Session.objects.all()] == ["young"]


def test_an_hour_takes_what_is_over_and_the_next_one_nothing(cache_table: Any, tmp_path: Any) -> None:
    with archivers(tmp_path, "prototype"):
        mlist = make_list("dev", subscription_policy=SubscriptionPolicy.CONFIRM)
        member = make_member(mlist, "bart@example.com")
        post("Tea")
        keep_house()
        for name in ("old", "young"):
            join(mlist, f"{name}@example.com")
            pending.create(PendingKind.DATA, mlist, email=f"{name}@example.net")
            event = {
                "mlist": mlist,
                "membership": member,
                "address": f"{name}@example.com",
                "processed_at": timezone.now(),
            }
            BounceEvent.objects.create(**event, at=timezone.now() - timedelta(days=40 * (name == "old")))
        Pending.objects.filter(email__startswith="old").update(expires_at=timezone.now())
        store_letters([b"Subject: nobody's\r\n\r\n"])
        Letter.objects.update(created_at=F("created_at") - timedelta(hours=2))
        cache_table.set("young", 1, timeout=3600)
        tables = rows()

        keep_house()
        after = rows()
        keep_house()

        assert rows() == after
        gone = {label: len(tables[label]) - len(after[label]) for label in tables}
        assert {label: count for label, count in gone.items() if count > 0} == {
            Letter._meta.label: 1,
            Pending._meta.label: 2,
            BounceEvent._meta.label: 1,
        }
        assert [row["email"] for row in after[Pending._meta.label]] == ["young@example.com", "young@example.net"]
        assert (Post.objects.count(), ArchiverCopy.objects.count(), cache_table.get("young")) == (1, 1, 1)
