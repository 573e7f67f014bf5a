"""The ground tests stand on, laid before Django reads its settings (`-p` in pyproject.toml).

Whatever POSTHOUSE_* the shell holds belongs to somebody's site and is put aside, but for what speaks to tests:

POSTHOUSE_TEST_DATABASE_URL  another database than SQLite: its server is used, a database of our own is made there
POSTHOUSE_NO_SKIPS           1: a test that skips has failed
POSTHOUSE_CORPORA            a folder of mail collections; tests that want one are left out without it
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOR_TESTS = ("POSTHOUSE_TEST_", "POSTHOUSE_NO_SKIPS", "POSTHOUSE_CORPORA")


def prepare() -> Path:
    """Point the settings to a state folder of this run (of this process, under xdist); it goes when the run ends."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        state = Path(os.environ["POSTHOUSE_TEST_STATE"]) / worker
    else:
        state = Path(tempfile.mkdtemp(prefix="posthouse-test-"))
        atexit.register(shutil.rmtree, state, ignore_errors=True)
    for name in [name for name in os.environ if name.startswith("POSTHOUSE_") and not name.startswith(FOR_TESTS)]:
        del os.environ[name]
    os.environ["DJANGO_SETTINGS_MODULE"] = "suite.settings"
    os.environ.setdefault("PYTHONHASHSEED", "0")  # xdist's workers must see tests made from a set in one order
    os.environ["POSTHOUSE_TEST_STATE"] = os.environ["POSTHOUSE_STATE"] = str(state)
    if os.environ.get("POSTHOUSE_TEST_DATABASE_URL"):
        os.environ["POSTHOUSE_DATABASE_URL"] = os.environ["POSTHOUSE_TEST_DATABASE_URL"]
    (state / "static").mkdir(parents=True)  # collectstatic's folder: WhiteNoise complains when there is none
    return state


STATE = prepare()
