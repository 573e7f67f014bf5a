"""A process dies in work that spans floors, or half way through a migration: it is whole or not at all, and can be done again."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from accounts.models import User
from accounts.services.users import absorb
from lists.enums import MemberRole
from lists.models import MailingList
from lists.services.mailing_lists import delete_list
from suite.common.models import Event
from tests.support.commands import database_url
from tests.support.dying import dies_at
from tests.support.environment import ROOT
from tests.support.factories import make_list, make_member, make_user
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

OURS = ("accounts", "lists", "archives", "moderation", "delivery", "common")


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables of ours."""
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


def dies_and_leaves_all(failpoint: str, work: Callable[[], object]) -> None:
    before = everything()
    dies_at(failpoint, work)
    assert everything() == before


@pytest.fixture
def dev() -> MailingList:
    """Anne owns it, Bart is on it; a post is archived and on its way, another is held."""
    mlist = make_list("dev")
    make_member(mlist, make_user("Anne"), MemberRole.OWNER)
    make_member(mlist, "bart@example.com")
    arrive(letter())
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()
    return mlist


@pytest.mark.parametrize("failpoint", [*(f"hook.{name}" for name in settings.HOOKS["list-deleted"]), "list.deleted"])
def test_a_list_is_deleted_whole_or_not_at_all(dev: MailingList, failpoint: str) -> None:
    """C34."""
    dies_and_leaves_all(failpoint, lambda: delete_list(MailingList.objects.get()))
    delete_list(MailingList.objects.get())
    found = everything()
    assert [found[name] for name in ("lists.MailingList", "lists.Membership", "archives.Post", "delivery.Batch")] == [
        []
    ] * 4
    assert Event.objects.filter(kind="list.deleted").count() == 1


@pytest.mark.parametrize("failpoint", [*(f"hook.{name}" for name in settings.HOOKS["user-absorbed"]), "user.absorbed"])
def test_two_users_become_one_or_stay_two(dev: MailingList, failpoint: str) -> None:
    """C34."""
    make_member(dev, make_user("Annette"))

    def become_one() -> None:
        absorb(*(User.objects.get(email=f"{name}@example.com") for name in ("anne", "annette")))

    dies_and_leaves_all(failpoint, become_one)
    become_one()
    [anne] = User.objects.all()
    assert sorted(str(address) for address in anne.addresses.all()) == ["anne@example.com", "annette@example.com"]
    assert Event.objects.filter(kind="user.absorbed").count() == 1


# --- migrations -------------------------------------------------------------------------------------------------------

DYING = """
import os, signal, sys
from django.core.management import execute_from_command_line
from django.db.backends.base.schema import BaseDatabaseSchemaEditor as Editor

left, execute = int(sys.argv[1]), Editor.execute


def counted(*words, **more):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(*words, **more)


Editor.execute = counted
execute_from_command_line(["manage.py", "migrate", "-v0"])
"""
"""`manage.py migrate`, killed before so many statements that change tables."""


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables, beside the tests' own."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    name = f"{connection.settings_dict['NAME']}_empty"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        yield f"{database_url().rpartition('/')[0]}/{name}"
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def python(url: str, *words: str) -> tuple[int, str]:
    """Exit status and output of this interpreter with these words, in a process with that database."""
    environment = os.environ | {"POSTHOUSE_DATABASE_URL": url, "POSTHOUSE_LOG_LEVEL": "ERROR"}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return done.returncode, done.stdout


def test_a_migration_that_dies_is_gone_on_with(empty_database: str) -> None:
    """C35: each migration is a transaction. Three die one after another, each further on than the one before."""
    for statements in (40, 60, 80):
        status, _ = python(empty_database, "-c", DYING, str(statements))
        assert status == -9
    assert python(empty_database, "manage.py", "migrate", "-v0") == (0, "")

    assert python(empty_database, "manage.py", "migrate", "--check") == (0, "")
    wanted = python(database_url(), "manage.py", "inspectdb")
    assert wanted[0] == 0
    assert "class ListsMailinglist(" in wanted[1]
    assert python(empty_database, "manage.py", "inspectdb") == wanted
