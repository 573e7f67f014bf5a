"""Waiting for a database that is away: for who holds knowledge that must not be lost with it."""

import sqlite3
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, connection

from suite.common import stopping

REFUSALS = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_TOOBIG}
"""SQLite's codes for a statement that is at fault itself: too many values, too deep, too long."""
LIMITS = "54"
"""PostgreSQL's class of the same: more than an index row, a statement or the stack takes."""

P = ParamSpec("P")
R = TypeVar("R")

PAUSE = 0.2
"""Seconds between two tries."""
LAST_WORDS = 10.0
"""Seconds that are left to who was asked to stop meanwhile: what he alone knows is worth them. He is killed after 28."""


def is_away(error: BaseException) -> bool:
    """Whether this says that the database is away, busy or full, and nothing against what it was given.

    Both databases call it an OperationalError, too, when a statement is too big for them: to wait is no help then.
    """
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    refused = getattr(cause, "sqlite_errorcode", 0) & 0xFF in REFUSALS
    return not refused and not (getattr(cause, "sqlstate", None) or "").startswith(LIMITS)


def patiently(write: Callable[P, R], seconds: float) -> Callable[P, R]:
    """`write`, tried again on a new connection while the database is away or busy, for so long at most; less once asked to stop.

    It must do no harm when done twice: an answer that got lost may have been a yes. Raises what the last try raised.
    """

    def tried_again(*args: P.args, **kwargs: P.kwargs) -> R:
        deadline, hurried = time.monotonic() + seconds, False
        while True:
            try:
                return write(*args, **kwargs)
            except (OperationalError, InterfaceError) as error:
                if not is_away(error) or connection.in_atomic_block or time.monotonic() >= deadline:
                    raise
                if stopping.asked() and not hurried:
                    hurried, deadline = True, min(deadline, time.monotonic() + LAST_WORDS)
                connection.close()
                time.sleep(PAUSE)

    return tried_again
