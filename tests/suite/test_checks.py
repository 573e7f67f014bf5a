"""System checks of how a site is put together."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.test import override_settings

from tests.support.commands import database_url, start
from tests.support.requires import on_postgresql, on_sqlite
from tests.support.waiting import PATIENCE


def ids(*, databases: list[str] | None = None) -> list[str]:
    return [str(found.id) for found in run_checks(databases=databases) if str(found.id).startswith("posthouse.")]


@pytest.mark.django_db(transaction=True)
def test_site_as_it_ships_is_sound() -> None:
    """A process of its own says so: this one does not wait for the disk."""
    with start("check", "--database", "default", "--fail-level", "INFO") as process:
        _, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, complaint.decode()


@on_sqlite
@pytest.mark.django_db(transaction=True)
def test_sqlite_that_may_lose_what_it_committed_is_refused() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = NORMAL")
        assert ids(databases=["default"]) == ["posthouse.E003"]
        cursor.execute("PRAGMA synchronous = FULL")
    assert ids(databases=["default"]) == []
    connection.close()


@on_postgresql
@pytest.mark.django_db
def test_postgresql_that_may_lose_what_it_committed_is_refused() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        assert ids(databases=["default"]) == ["posthouse.E002"]
        cursor.execute("SET LOCAL synchronous_commit = on")
    assert ids(databases=["default"]) == []


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("encoding", "locale", "found"),
    [("SQL_ASCII", "C", "E014"), ("UTF8", "C", "W015"), ("UTF8", "C.UTF-8", "")],
)
def test_postgresql_that_does_not_know_all_letters_is_told_of(encoding: str, locale: str, found: str) -> None:
    """Before there are tables: `migrate` itself refuses what is an error."""
    with empty_database(encoding, locale) as url:
        ask = ("migrate",) if found.startswith("E") else ("check", "--database", "default", "--fail-level", "WARNING")
        with start(*ask, POSTHOUSE_DATABASE_URL=url) as process:
            _, complaint = process.communicate(timeout=PATIENCE)
        assert re.findall(r"posthouse\.(\w+)", complaint.decode()) == ([found] if found else [])
        assert (process.returncode == 0) is (not found)


@contextmanager
def empty_database(encoding: str, locale: str) -> Iterator[str]:
    """The URL of a database of PostgreSQL beside that of the tests."""
    url, _, ours = database_url().rpartition("/")
    name = f"{ours.partition('?')[0]}_{encoding}".lower()
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with connection.cursor() as cursor:
        cursor.execute(drop)
        how = f"ENCODING '{encoding}' LC_COLLATE '{locale}' LC_CTYPE '{locale}' TEMPLATE template0"
        cursor.execute(f"CREATE DATABASE {name} {how}")
        yield f"{url}/{name}"
        cursor.execute(drop)


def test_local_cache_is_refused_with_several_web_workers() -> None:
    local = {**settings.CACHES, "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    with override_settings(CACHES=local, WEB_WORKERS=2):
        assert ids() == ["posthouse.E005"]
    with override_settings(CACHES=local, WEB_WORKERS=1):
        assert ids() == []


def test_tasks_must_not_be_handed_out_again_while_they_run() -> None:
    with override_settings(Q_CLUSTER={**settings.Q_CLUSTER, "retry": 90}):
        assert ids() == ["posthouse.E006"]


def test_pool_is_no_good_for_what_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "OPTIONS", {"pool": True})
    assert ids() == ["posthouse.W007"]


def test_base_url_needs_a_scheme() -> None:
    with override_settings(BASE_URL="lists.example.org"):
        assert ids() == ["posthouse.E008"]


@pytest.mark.parametrize("owner", ["", "root", "Anne <anne@example.org>", "anne@example.org, cris@example.org"])
def test_site_owner_who_cannot_be_told_is_refused(owner: str) -> None:
    with override_settings(SITE_OWNER=owner):
        assert ids() == ["posthouse.E009"]
