"""`manage.py up`: one parent that has imported everything forks the processes and keeps them alive.

The parent holds no database connection and does no work of its own, so that there is little it could die of. What ends is
started again, after 0.1 seconds at first and up to 5 when it keeps ending; a process that lived for 10 seconds starts that
count anew. SIGTERM, SIGINT and SIGHUP are passed on as SIGTERM; what has not ended 30 seconds later is killed.
"""

import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django import db
from django.core.management import CommandError, call_command

from suite.processes import lifeline, signals
from suite.processes.table import Process

log = logging.getLogger(__name__)

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds before a process is started again
SETTLED = 10.0  # seconds of life after which the pause is the shortest again
FAREWELL = 30.0  # seconds between SIGTERM and SIGKILL


@dataclass(slots=True)
class Child:
    """A process of the table and how it fares. `pid` is 0 while it does not run; `due` is when to start it, monotonic."""

    process: Process
    pid: int = 0
    started: float = 0.0
    due: float = 0.0
    pause: float = SHORTEST_PAUSE

    def start(self, forget: Callable[[], None]) -> None:
        self.started = time.monotonic()
        self.pid = os.fork() or _become(self.process, forget)

    def ended(self, status: int) -> None:
        """It is gone, with this wait status. Plan its next start."""
        lived = time.monotonic() - self.started
        self.pause = SHORTEST_PAUSE if lived > SETTLED else min(LONGEST_PAUSE, self.pause * 2)
        self.pid, self.due = 0, time.monotonic() + self.pause
        code = os.waitstatus_to_exitcode(status)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        log.warning("process=%s %s after %.1f s; again in %.1f s", self.process.name, how, lived, self.pause)


class Supervisor:
    def __init__(self, processes: Iterable[Process], forget: Callable[[], None]) -> None:
        """`forget` lets a child drop what only the parent may hold."""
        self.children = [Child(process) for process in processes]
        self.forget = forget
        self.stopping = False

    def run(self, ready: Callable[[], bool]) -> None:
        """Until a signal asks to stop, and then until every child is gone. `ready` is asked until it says True."""
        lifeline.hold()
        signals.hold_back()
        db.connections.close_all()
        gc.collect()
        gc.freeze()  # what is here now is shared with the children: their collector must not write to it
        told = False
        while not self.stopping:
            self.start_due()
            told = told or ready()
            self.wait(self.patience() if told else SHORTEST_PAUSE)
        self.end()

    def start_due(self) -> None:
        for child in self.children:
            if not child.pid and child.due <= time.monotonic():
                child.start(self.forget)

    def patience(self) -> float:
        """Seconds until the next child is due; a long time when all of them run."""
        return min((max(0.0, child.due - time.monotonic()) for child in self.children if not child.pid), default=3600.0)

    def wait(self, seconds: float) -> None:
        """Wait so long, or until a child ends or a signal asks to stop."""
        if signals.next_one(seconds) in signals.STOP:
            self.stopping = True
        self.bury()

    def bury(self) -> None:
        """Take the status of every child that has ended."""
        for child in [child for child in self.children if child.pid]:
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid and not self.stopping:
                child.ended(status)
            elif pid:
                child.pid = 0

    def end(self) -> None:
        """SIGTERM to all, again each second for those who were too young to hear it; SIGKILL 30 seconds later."""
        deadline = time.monotonic() + FAREWELL
        while self.alive() and time.monotonic() < deadline:
            self.send(signal.SIGTERM)
            again = time.monotonic() + 1
            while self.alive() and (left := again - time.monotonic()) > 0:
                self.wait(left)
        for child in self.alive():
            log.error("process=%s did not end within %d s and is killed", child.process.name, FAREWELL)
        self.send(signal.SIGKILL)
        while self.alive():
            self.wait(1)

    def send(self, number: signal.Signals) -> None:
        for child in self.alive():
            os.kill(child.pid, number)

    def alive(self) -> list[Child]:
        return [child for child in self.children if child.pid]


def _become(process: Process, forget: Callable[[], None]) -> int:
    """Be that process, to its end. Never returns: the int is for the caller's typing."""
    status = 1
    try:
        os.setpgid(0, 0)  # Ctrl-C is for the parent, who passes it on as SIGTERM
        signals.let_go()
        forget()
        lifeline.name(f"posthouse-{process.name}")
        call_command(*process.command)
        status = 0
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
        if isinstance(error.code, str):
            log.error("process=%s %s", process.name, error.code)
    except CommandError as error:
        log.error("process=%s %s", process.name, error)
    except BaseException:
        log.exception("process=%s failed", process.name)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
