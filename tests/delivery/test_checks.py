"""The registry of handlers is checked at start."""

from pathlib import Path

import pytest

from archives.enums import Role
from delivery.checks import check_pipelines, check_roads, problems
from delivery.handlers.after_delivery import AfterDelivery
from delivery.handlers.base import Handler
from delivery.handlers.cleanse import Cleanse
from delivery.handlers.publish import Publish
from delivery.handlers.to_archive import ToArchive
from delivery.roads import ROADS
from tests.support.commands import start
from tests.support.waiting import PATIENCE


def test_built_in_pipelines_are_sound() -> None:
    assert check_pipelines(None) == []


def test_handler_named_twice() -> None:
    found = problems("odd", (Cleanse(), Publish(), Cleanse()))

    assert [(problem.id, problem.msg) for problem in found] == [
        ("delivery.E002", "Pipeline odd has cleanse more than once.")
    ]


@pytest.mark.parametrize(
    ("handlers", "complaints"),
    [
        ((Publish(), ToArchive(), AfterDelivery()), []),
        ((ToArchive(), Publish(), AfterDelivery()), ["delivery.E011"]),
        ((ToArchive(), AfterDelivery()), ["delivery.E011"]),
        ((Publish(), ToArchive()), ["delivery.E011"]),
        ((Cleanse(),), []),
    ],
    ids=["cut-and-counted", "cut-too-late", "not-cut", "not-counted", "not-filed"],
)
def test_what_is_filed_was_cut_and_is_counted(handlers: tuple[Handler, ...], complaints: list[str]) -> None:
    assert [problem.id for problem in problems("odd", handlers)] == complaints


def test_thing_that_is_no_handler() -> None:
    class Nameless(Cleanse):
        name = ""

    assert [problem.id for problem in problems("odd", (Nameless(),))] == ["delivery.E001"]


def test_every_role_that_is_served_has_a_road(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_roads(None) == []

    monkeypatch.delitem(ROADS, Role.POST)

    assert [problem.id for problem in check_roads(None)] == ["delivery.E003"]


@pytest.mark.parametrize("sealing", ["0", "1"])
def test_the_checks_can_be_asked_before_there_are_tables(sealing: str, tmp_path: Path) -> None:
    empty = f"sqlite:///{tmp_path}/empty.sqlite3"
    words = ("check", "--database", "default")
    with start(*words, POSTHOUSE_DATABASE_URL=empty, POSTHOUSE_ARC=sealing) as process:
        _, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, complaint.decode()
