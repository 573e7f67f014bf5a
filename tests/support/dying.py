"""A process of a test's own that dies at a failpoint."""

import os
import signal
from collections.abc import Callable

from django.db import connections

from suite.common.failpoints import armed


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
