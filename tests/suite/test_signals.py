"""Signals that are held back and taken one by one."""

import os
import signal
import time

from suite.processes import signals


def test_wait_that_is_stopped_for_longer_takes_no_signal() -> None:
    child = os.fork()
    if not child:
        signals.hold_back()
        os._exit(0 if signals.next_one(0.3) is None else 1)
    time.sleep(0.1)
    os.kill(child, signal.SIGSTOP)
    os.waitpid(child, os.WUNTRACED)
    time.sleep(0.5)
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
