"""What a site keeps is nobody else's to read on its host."""

import logging
import os
import stat
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from suite.processes import preflight
from tests.support.commands import start
from tests.support.waiting import PATIENCE

NOBODY = 65534


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def state(tmp_path: Path, settings: Settings) -> Path:
    settings.STATE = tmp_path / "state"
    return tmp_path / "state"


def first_run(state: Path) -> None:
    before = os.umask(0o022)
    try:
        with start("first_run", POSTHOUSE_STATE=str(state), POSTHOUSE_DATABASE_URL=f"sqlite:///{state}/db") as process:
            _, said = process.communicate(timeout=PATIENCE)
    finally:
        os.umask(before)
    assert process.returncode == 0, said.decode()


def test_a_first_run_makes_folder_and_database_private_whatever_the_umask(state: Path) -> None:
    first_run(state)
    assert mode(state) == 0o700
    assert {path.name: mode(path) & 0o077 for path in state.glob("db*")} == {"db": 0}
    assert mode(state / "keys.json") == 0o600


def test_what_was_open_is_closed_and_said_so(state: Path, caplog: pytest.LogCaptureFixture) -> None:
    state.mkdir()
    state.chmod(0o757)
    with caplog.at_level(logging.INFO):
        preflight.make_private(state, 0o006)
        assert mode(state) == 0o751
        preflight.make_private(state, 0o006)
    assert [record.getMessage() for record in caplog.records] == [
        f"Other users of this host could read or write {state} (mode 757). Its mode is 751 now."
    ]


@pytest.mark.parametrize("before", [0o700, 0o711, 0o750])
def test_who_may_only_pass_through_goes_on_doing_so(state: Path, before: int, caplog: pytest.LogCaptureFixture) -> None:
    state.mkdir()
    state.chmod(before)
    preflight.make_private(state, 0o006)
    assert (mode(state), caplog.records) == (before, [])


def test_all_that_sqlite_writes_is_closed(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state.mkdir()
    names = ("db", "db-wal", "db-shm")
    for name in names:
        (state / name).touch()
        (state / name).chmod(0o644)
    monkeypatch.setitem(connection.settings_dict, "NAME", str(state / "db"))
    preflight.check_privacy()
    wanted = 0o640 if connection.vendor == "sqlite" else 0o644
    assert [mode(state / name) for name in names] == [wanted] * 3


def refusal(path: Path) -> str:
    try:
        preflight.make_private(path, 0o007)
    except preflight.NotReady as error:
        return str(error)
    return ""


def test_what_is_not_ours_to_close_is_said_in_one_sentence() -> None:
    """Asked by somebody who does not own it: a child that has given up root, where tests run as root."""
    path = Path("/etc/passwd")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        if os.geteuid() == 0:
            os.setuid(NOBODY)
        os.write(writing, refusal(path).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answer:
        assert answer.read() == (
            "Other users of this host may read or write /etc/passwd (mode 644), and that cannot be changed here: "
            "Operation not permitted. Run `chmod 640 /etc/passwd` as its owner, and start again."
        )
