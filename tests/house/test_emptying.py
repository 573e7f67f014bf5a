"""Between two tests that commit the database is as `migrate` made it."""

import threading
import time

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from lists.models import Domain
from tests.support.emptying import empty
from tests.support.factories import make_domain, make_list, make_member
from tests.support.pages import everything
from tests.support.posting import arrive, judge_all, letter
from tests.support.requires import on_postgresql
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_committed_goes_and_what_migrations_made_stays() -> None:
    migrated = everything()
    make_member(make_list("dev"), "bart@example.com")
    arrive(letter())
    judge_all()
    cache.set("counted", 1)
    assert everything() != migrated

    empty()

    assert everything() == migrated
    assert cache.get("counted") is None


@on_postgresql
def test_it_waits_for_who_is_still_writing() -> None:
    written = threading.Event()

    def write() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            make_domain("late.example.org")
            written.set()
            waiting, deadline = 0, time.monotonic() + 60
            while not waiting and time.monotonic() < deadline:
                cursor.execute(
                    "SELECT count(*) FROM pg_locks WHERE database = (SELECT oid FROM pg_database"
                    " WHERE datname = current_database()) AND NOT granted"
                )
                [(waiting,)] = cursor.fetchall()
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(PATIENCE)
    empty()
    writer.join()

    assert not Domain.objects.exists()
