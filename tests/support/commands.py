"""manage.py in processes of its own, on the test database."""

import os
import subprocess
import sys
from collections.abc import Iterable
from typing import IO
from urllib.parse import quote

from django.db import connection

from tests.support.environment import ROOT


def database_url() -> str:
    """The test database, as POSTHOUSE_DATABASE_URL names it. What a process is to see there must be committed."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{where['NAME']}"
    login = ":".join(quote(where[key], safe="") for key in ("USER", "PASSWORD") if where[key])
    return f"postgres://{login}@{where['HOST']}:{where['PORT'] or 5432}/{where['NAME']}"


def start(*words: str, stdin: IO[bytes] | int = subprocess.DEVNULL, **environment: str) -> subprocess.Popen[bytes]:
    """`manage.py <words>` with these POSTHOUSE_ (and other) variables. The caller ends it; output is piped."""
    return run(words, environment, stdin=stdin, stderr=subprocess.PIPE)


def run(
    words: Iterable[str], environment: dict[str, str], *, stdin: IO[bytes] | int, stderr: IO[bytes] | int
) -> subprocess.Popen[bytes]:
    """As start(), with a say where errors and logs go: a pipe that nobody reads stops who logs much."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "manage.py"), *words],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=os.environ | {"POSTHOUSE_DATABASE_URL": database_url(), "POSTHOUSE_LOG_LEVEL": "WARNING"} | environment,
    )
