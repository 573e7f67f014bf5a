"""Children die with their parent: Linux's PR_SET_PDEATHSIG, set in every process that Python forks.

A parent that was killed leaves nobody behind who would work on unguarded, beside the set that its successor starts. The
signal goes out when the *thread* that forked ends, so fork from main threads only. Elsewhere than on Linux this does nothing.

The signal goes down the tree step by step, some tenths of a second on a busy machine. So each child also has the reading end of
a pipe that ends with its parent, and of those of all above: `stopping.asked()` looks at them.
"""

import ctypes
import os
import signal
import sys
from typing import NamedTuple

from suite.common import stopping

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15

_libc = ctypes.CDLL(None, use_errno=True)
_held = False


class _Rope(NamedTuple):
    """A pipe whose writing end only this process has."""

    pid: int
    reading: int
    writing: int


_rope: _Rope | None = None


def hold() -> None:
    """From here on whatever this process and its descendants fork is killed with its parent. Once is enough."""
    global _held
    if not _held and sys.platform == "linux":
        os.register_at_fork(before=_remember, after_in_child=_follow)
        _held = True


def name(title: str) -> None:
    """What `ps -o comm` and `top` call this process: 15 characters of it."""
    if sys.platform == "linux":
        _libc.prctl(PR_SET_NAME, title.encode()[:15], 0, 0, 0)


def _remember() -> None:
    global _rope
    if _rope is None or _rope.pid != os.getpid():
        _rope = _Rope(os.getpid(), *os.pipe())


def _follow() -> None:
    assert _rope
    _libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != _rope.pid:  # it died before we asked
        os._exit(1)
    os.close(_rope.writing)
    stopping.stop_with(_rope.reading)
