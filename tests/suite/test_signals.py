"""Signals that are held back and taken one by one."""

import os
import signal
import time
from pathlib import Path

from suite.processes import signals
from tests.support.waiting import wait_until

WAIT = 1.0  # seconds


def test_wait_that_is_stopped_for_longer_takes_no_signal() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        signals.hold_back()
        os.write(writing, b".")
        os._exit(0 if signals.next_one(WAIT) is None else 1)
    assert os.read(reading, 1) == b"."
    wait_until(lambda: Path(f"/proc/{child}/stat").read_text().rpartition(") ")[2].startswith("S"), "its sleep")
    os.kill(child, signal.SIGSTOP)
    os.waitpid(child, os.WUNTRACED)
    time.sleep(WAIT + 0.2)
    os.kill(child, signal.SIGCONT)
    _, status = os.waitpid(child, 0)
    assert status == 0


def test_signals_that_came_meanwhile_are_taken_one_by_one() -> None:
    child = os.fork()
    if not child:
        signals.hold_back()
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGHUP)
        taken = {signals.next_one(30), signals.next_one(30)}
        os._exit(0 if taken == {signal.SIGTERM, signal.SIGHUP} and signals.next_one(0) is None else 1)
    _, status = os.waitpid(child, 0)
    assert status == 0
