"""The switch that makes a skip a failure, and what it leaves alone."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.environment import ROOT

HALF_RUN = """
import pytest

def test_that_skips():
    pytest.skip("no such thing here")

@pytest.mark.xfail
def test_that_is_known_to_fail():
    assert False
"""
NEVER_RUN = "import pytest\npytest.skip('not on this machine', allow_module_level=True)\n"


def run(folder: Path, **environment: str) -> tuple[int, str]:
    """Exit status and closing line of a pytest that has our hooks and runs what is in the folder."""
    hooks = ["-p", "tests.support.skips", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "POSTHOUSE_"))}
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", *hooks, "--continue-on-collection-errors", "--rootdir", folder, folder],
        cwd=ROOT,
        env=outside | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode, answer.stdout.splitlines()[-1].strip("= ").partition(" in ")[0]


def test_a_skip_is_a_failure_on_demand(tmp_path: Path) -> None:
    (tmp_path / "test_half.py").write_text(HALF_RUN)
    (tmp_path / "test_never.py").write_text(NEVER_RUN)

    assert run(tmp_path) == (0, "2 skipped, 1 xfailed")
    assert run(tmp_path, POSTHOUSE_NO_SKIPS="1") == (1, "1 failed, 1 xfailed, 1 error")
