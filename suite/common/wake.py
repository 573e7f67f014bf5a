"""A nudge between processes of one host: whoever waits for tasks of a lane looks at once, not at the end of its pause.

A named pipe for each lane in the state folder, and a byte in it. Nothing depends on it: on other hosts, or where there can be
no such pipe, a task is found a moment later.
"""

import contextlib
import os
import select
import time
from pathlib import Path

from django.conf import settings


def _pipe(lane: str) -> Path:
    return Path(settings.STATE) / f"{lane}.wake"


def wake(lane: str) -> None:
    """Nudge who waits for this lane, if anybody does."""
    with contextlib.suppress(OSError):  # nobody waits, or many nudges are in the pipe already
        pipe = os.open(_pipe(lane), os.O_WRONLY | os.O_NONBLOCK)
        try:
            os.write(pipe, b".")
        finally:
            os.close(pipe)


class Sleeper:
    """The side that waits. Open it in the process that sleeps."""

    def __init__(self, lane: str) -> None:
        try:
            with contextlib.suppress(FileExistsError):
                os.mkfifo(_pipe(lane), 0o600)
            self.pipe = os.open(_pipe(lane), os.O_RDWR | os.O_NONBLOCK)  # also for writing: no end of file, ever
        except OSError:
            self.pipe = -1

    def sleep(self, seconds: float) -> None:
        """So long, or until somebody nudges."""
        if self.pipe < 0:
            time.sleep(seconds)
        elif select.select([self.pipe], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):  # another process of this lane was quicker
                os.read(self.pipe, 4096)
