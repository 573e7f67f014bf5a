"""The floors: imports point down only, and no room of `suite` stands on none of them."""

import pkgutil
import re
import subprocess
import sys
import tomllib

import suite
from tests.support.environment import ROOT

ROOMS_WITHOUT_FLOOR = {"suite.settings"}


def test_imports_point_down() -> None:
    linter = "from importlinter.cli import lint_imports_command; lint_imports_command()"  # silences others' loggers

    done = subprocess.run([sys.executable, "-c", linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_of_suite_has_a_floor() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = {name for layer in contracts[0]["layers"] for name in re.findall(r"[\w.]+", layer)}

    rooms = {f"suite.{module.name}" for module in pkgutil.iter_modules(suite.__path__)}

    assert rooms - floors == ROOMS_WITHOUT_FLOOR
