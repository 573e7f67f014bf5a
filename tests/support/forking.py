"""Processes of a test's own that do the same at once, as web workers do."""

import os
from collections.abc import Callable

from django.db import connections


def each_in_a_process(number: int, work: Callable[[], str]) -> list[str]:
    """What the work gives, done by so many copies of this process that begin together and share no connection."""
    connections.close_all()
    start, go = os.pipe()
    answers = [os.pipe() for _ in range(number)]
    pids = []
    for _, answer in answers:
        pids.append(os.fork())
        if pids[-1] == 0:
            try:
                os.close(go)
                os.read(start, 1)  # the end, for all at once
                os.write(answer, work().encode())
            finally:
                os._exit(0)
        os.close(answer)
    os.close(start)
    os.close(go)
    said = []
    for (answer, _), pid in zip(answers, pids, strict=True):
        with os.fdopen(answer) as pipe:
            said.append(pipe.read())
        os.waitpid(pid, 0)
    return said
