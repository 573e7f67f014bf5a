"""What a process does not hold while it waits: the REST API, its framework, and connections that nobody uses."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from django.core.checks import Tags
from django.core.checks.registry import registry
from django.urls import NoReverseMatch, reverse

from suite.checks import WITHOUT_PAGES
from suite.processes import preflight
from suite.processes.table import PROCESSES
from tests.support.commands import database_url
from tests.support.environment import ROOT

API = ("suite.api.urls", "suite.common.rest.views", "lists.api.urls", "rest_framework.views")
COMMANDS = """
from django.core.management import get_commands, load_command_class
for name in {names}:
    command = load_command_class(get_commands()[name], name)
    if name != "web":
        command.check(tags=command.requires_system_checks)
"""
UP = """
from suite.management.commands import up
from suite.processes import preflight, table
preflight.apart(preflight.check_database_answers, preflight.check_database)
up.import_everything(table.wanted(demo=True))
"""


def fresh(code: str, state: Path, **environment: str) -> list[str]:
    """What an interpreter of its own prints that does this, as the words of all lines."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, django\ndjango.setup()\nfrom django.urls import resolve, reverse\n{code}"],
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "suite.settings", "POSTHOUSE_STATE": str(state)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def held(code: str, state: Path, **environment: str) -> list[str]:
    """Which modules of the API are there afterwards."""
    return fresh(f"{code}\nprint(*(name for name in {API} if name in sys.modules))", state, **environment)


def test_processes_make_links_and_find_pages_without_the_api(tmp_path: Path) -> None:
    """Their own checks leave it out, too; the web door makes all of them."""
    commands = COMMANDS.format(names=sorted({process.command[0] for process in PROCESSES}))
    pages = "reverse('lists:list-index'); resolve('/lists/dev.example.org/'); resolve('/robots.txt')"

    assert held(commands + pages, tmp_path) == []


@pytest.mark.django_db(transaction=True)
def test_what_all_processes_share_is_without_the_api(tmp_path: Path) -> None:
    """`manage.py up` has had it checked before, apart."""
    (tmp_path / "site").mkdir(0o700)

    assert held(UP, tmp_path / "site", POSTHOUSE_DATABASE_URL=database_url()) == []


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("reverse('api:system', args=['3.1'])", id="name"),
        pytest.param("resolve('/api/3.1/system')", id="path"),
        pytest.param("from django.core.checks import run_checks; run_checks()", id="check"),
    ],
)
def test_who_asks_for_the_api_gets_it(tmp_path: Path, code: str) -> None:
    assert held(code, tmp_path) == list(API)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("api:nothing", "Reverse for 'nothing' not found"),
        ("api:nothing:system", "'nothing' is not a registered namespace inside 'api'"),
    ],
)
def test_a_name_that_the_api_does_not_have(name: str, why: str) -> None:
    with pytest.raises(NoReverseMatch, match=why):
        reverse(name)


def test_every_check_of_ours_is_made_by_processes_without_pages() -> None:
    """But those of the database, for which commands ask by themselves, and of security."""
    elsewhere = {Tags.database, Tags.security}
    ours = {"suite", "accounts", "lists", "archives", "moderation", "delivery"}

    assert [
        check
        for check in registry.get_checks(include_deployment_checks=True)
        if check.__module__.partition(".")[0] in ours and not {*check.tags} & {*WITHOUT_PAGES, *elsewhere}
    ] == []


@pytest.mark.django_db(transaction=True)
def test_a_task_broker_is_made_without_a_connection(tmp_path: Path) -> None:
    """It connects when it is used."""
    code = """
from django.db import connection
from django_q.brokers import get_broker
broker = get_broker("work")
print(connection.connection is None)
broker.queue_size()
print(connection.connection is None)
"""
    assert fresh(code, tmp_path, POSTHOUSE_DATABASE_URL=database_url()) == ["True", "False"]


def not_ready() -> None:
    raise preflight.NotReady("Peel the potatoes first.")


def read_in() -> None:
    import_module("this")


def break_down() -> None:
    raise ZeroDivisionError


def test_checks_made_apart_leave_nothing_behind(capfd: pytest.CaptureFixture[str]) -> None:
    preflight.apart(read_in)

    assert "Beautiful is better than ugly." in capfd.readouterr().out
    assert "this" not in sys.modules


def test_checks_made_apart_say_what_they_say() -> None:
    with pytest.raises(preflight.NotReady, match=r"^Peel the potatoes first\.$"):
        preflight.apart(read_in, not_ready, break_down)


def test_a_check_that_breaks_down_apart_lets_nothing_start(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(preflight.NotReady, match="cannot be checked"):
        preflight.apart(break_down)

    assert "ZeroDivisionError" in capfd.readouterr().err
