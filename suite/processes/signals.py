"""Signals taken one by one, at a place of our choosing, instead of by handlers that run anywhere.

What is held back stays held back in the processes forked from here, until they call `let_go()`.
"""

import signal

STOP = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
HELD_BACK = STOP | {signal.SIGCHLD}


def hold_back() -> None:
    """Keep signals waiting for `next_one()`."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)


def let_go() -> None:
    """As a program is started: nothing held back, nothing handled."""
    for number in HELD_BACK:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)


def next_one(seconds: float) -> signal.Signals | None:
    """The next signal that was held back, or None when there is none for so long.

    Python 3.11 returns what happens to lie in memory when it was stopped (SIGSTOP) meanwhile for longer than that.
    """
    taken = signal.sigtimedwait(HELD_BACK, seconds)
    return signal.Signals(taken.si_signo) if taken and taken.si_signo in HELD_BACK else None
