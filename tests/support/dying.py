"""A process of a test's own that dies."""

import os
import signal
from collections.abc import Callable

from django.db import connection, connections

from suite.common.failpoints import armed
from tests.support.waiting import wait_until


def dies_at(failpoint: str, work: Callable[[], object]) -> None:
    """A copy of this process does the work and is killed there; fails where it comes to the end instead."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        try:
            with armed(f"{failpoint}=kill"):
                work()
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), f"nobody came to {failpoint}"
    assert os.WTERMSIG(status) == signal.SIGKILL


def await_the_end_of_what_it_asked() -> None:
    """Of a process that was killed at any moment: PostgreSQL brings to its end, a commit perhaps, what it had heard by then."""
    if connection.vendor == "postgresql":
        wait_until(lambda: not _others_connected(), "the end of the dead process's connections")


def _others_connected() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])
