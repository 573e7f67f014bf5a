"""deploy/environment.sh: what it says when something is missing, and that it leaves alone what is in order."""

import os
import pwd
import subprocess
from pathlib import Path

import pytest

from tests.support.environment import ROOT


def make(venv: Path | str, python: str = "") -> tuple[int, list[str]]:
    """Exit status and what it says, of an environment wanted there from that interpreter."""
    answer = subprocess.run(
        ["deploy/environment.sh", "requirements.lock"],
        cwd=ROOT,
        env={"VENV": str(venv), "PYTHON": python, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode, (answer.stdout + answer.stderr).splitlines()


def interpreter(folder: Path) -> str:
    """A command that claims to be Python 3.11 and can do nothing else."""
    command = folder / "python"
    command.write_text('#!/bin/sh\ncase "$2" in *version_info*) exit 0 ;; esac\nexit 1\n')
    command.chmod(0o755)
    return str(command)


def test_a_missing_python_is_named(tmp_path: Path) -> None:
    assert make(tmp_path / "venv", python="python0.1") == (
        1,
        [
            "posthouse: Python 3.11 is needed and python0.1 is not it; install Debian's packages python3.11 and python3-venv."
        ],
    )


def test_a_missing_venv_module_is_named(tmp_path: Path) -> None:
    python = interpreter(tmp_path)

    assert make(tmp_path / "venv", python) == (
        1,
        [f"posthouse: {python} cannot make virtual environments; install Debian's package python3-venv."],
    )


def test_an_unwritable_folder_is_named() -> None:
    user = pwd.getpwuid(os.geteuid()).pw_name

    assert make("/proc/venv") == (
        1,
        [f"posthouse: /proc cannot be written by {user}; choose a place for the environment with VENV=/some/folder."],
    )


def test_a_folder_of_something_else_stays(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("mine")

    status, said = make(tmp_path)

    assert (status, len(said)) == (1, 1)
    assert said[0].startswith(f"posthouse: {tmp_path} is in the way and is no virtual environment;")
    assert (tmp_path / "letters").read_text() == "mine"


@pytest.mark.parametrize(("installed", "status"), [("same", 0), ("other", 1)])
def test_only_an_environment_behind_its_lock_is_touched(tmp_path: Path, installed: str, status: int) -> None:
    """The interpreter has no pip and cannot make an environment, so touching it fails."""
    (tmp_path / "bin").mkdir()
    python = interpreter(tmp_path / "bin")
    (tmp_path / "pyvenv.cfg").touch()
    stamp = {"same": (ROOT / "requirements.lock").read_bytes(), "other": b""}[installed]
    (tmp_path / "installed-requirements.lock").write_bytes(stamp)

    assert make(tmp_path, python)[0] == status
