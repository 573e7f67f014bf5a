"""Asking work to end: a flag that a process and all it forks see at once.

A drain looks at `time_is_up()` between two pieces of work and returns early; nothing is lost by that, for the rows that wait
are the truth. Who runs drains calls `begin()` before it forks anything, and `ask()` when it was told to stop.

The death of a process above asks, too: it reaches its descendants one after the other, and who is last could begin a good deal
meanwhile that nobody would write down.
"""

import mmap
import select
import time

_flag = mmap.mmap(-1, 1)
_parents: list[int] = []


def begin() -> None:
    """A flag of this process's own, not asked; children forked from now on share it."""
    global _flag
    _flag = mmap.mmap(-1, 1)


def ask() -> None:
    """End what is running as soon as it is between two pieces of work. Safe in a signal handler."""
    _flag[0] = 1


def stop_with(parent: int) -> None:
    """End as if asked when nobody has the other end of this pipe any more."""
    _parents.append(parent)


def asked() -> bool:
    return _flag[0] != 0 or bool(select.select(_parents, [], [], 0)[0])


def time_is_up(deadline: float) -> bool:
    """Whether to take up no new piece of work: the monotonic clock has passed the deadline, or somebody asked to stop."""
    return asked() or time.monotonic() >= deadline
