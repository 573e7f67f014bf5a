"""Who dies with whom, and who hears of it first."""

import os
import signal
import sys
import time

import pytest

from suite.common import stopping
from suite.processes import lifeline

PATIENCE = 30.0  # seconds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")


def test_grandchild_stops_when_the_first_of_the_line_is_killed() -> None:
    """Also where the signal has not reached it: here its parent is kept alive."""
    reading, writing = os.pipe()
    first = os.fork()
    if not first:
        be_first(writing)
    os.close(writing)
    assert os.read(reading, 1) == b"-", "nobody had asked the grandchild to stop"
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    assert os.read(reading, 1) == b"+"
    assert os.read(reading, 1) == b"", "everybody is gone"
    os.close(reading)


def be_first(report: int) -> None:
    lifeline.hold()
    if not os.fork():
        lifeline._libc.prctl(lifeline.PR_SET_PDEATHSIG, 0, 0, 0, 0)
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        else:
            say_whether_asked(report)
        os._exit(0)
    signal.pause()


def say_whether_asked(report: int) -> None:
    os.write(report, b"+" if stopping.asked() else b"-")
    deadline = time.monotonic() + PATIENCE
    while not stopping.asked() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.write(report, b"+" if stopping.asked() else b"-")


def test_child_is_killed_with_its_parent() -> None:
    reading, writing = os.pipe()
    parent = os.fork()
    if not parent:
        lifeline.hold()
        if not os.fork():
            os.write(writing, b".")
        signal.pause()
    os.close(writing)
    assert os.read(reading, 1) == b"."
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert os.read(reading, 1) == b"", "the child would hold its end of the pipe"
    os.close(reading)
