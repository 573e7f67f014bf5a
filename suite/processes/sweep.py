"""`manage.py sweep`: looks every two seconds for work that is due and calls for it. Correctness depends on it alone.

Bells and tasks only make work quick; all of them may be lost. For each kind of work:

    due, bell silent                                    ring
    bell ringing when the sweep starts                  ring again: who was called may have died with our predecessor
    bell ringing 4 s without an answer                  ring again: the task may be lost
    due, 8 s without an answer, no worker seen lately   do it here, and leave the bell ringing
    and nobody alive has such work in hand

That last point lets the guard of the cluster, which watches the same bell, see that its cluster is deaf. The sweep keeps nothing
in memory that matters, and any number of them may run. While the database is away it tries again, 5 seconds apart in the end.
"""

import logging
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django import db
from django.db.models import Q

from delivery import tasks
from suite.common import bells, stopping
from suite.common.enums import BellKind
from suite.common.failpoints import failpoint
from suite.common.models import Bell
from suite.processes.vigil import Vigil

log = logging.getLogger(__name__)

ROUND = 2.0  # seconds
RING_AGAIN = 4.0  # seconds without an answer
WORK_HERE = 8.0
DRAIN = timedelta(seconds=25)  # a worker that came within this time may still be at it
BUDGET = 5.0  # seconds of work on one kind in one round
LONGEST_WAIT = 5.0  # seconds between two tries while the database is away
HOURLY = "hourly"  # the bell that only remembers the hour in which housekeeping was last done


@dataclass(slots=True)
class Sweep:
    vigils: dict[BellKind, Vigil] = field(default_factory=lambda: {kind: Vigil() for kind in tasks.DRAINS})
    chores: deque[Callable[[], Any]] = field(default_factory=lambda: deque(tasks.AT_START))
    known: set[BellKind] = field(default_factory=set)
    failures: int = 0

    def run(self) -> None:
        """Round after round until somebody asks to stop; the round in hand is finished."""
        while not stopping.asked():
            began = time.monotonic()
            pause = self.guarded_round()
            _rest(began + pause)

    def guarded_round(self) -> float:
        """One round; seconds from its beginning to the next. Whatever happens in it, there is a next."""
        try:
            self.round()
        except Exception as error:
            self.failures += 1
            db.connections.close_all()
            if isinstance(error, db.Error):
                log.warning("sweep: the database does not answer: %s", str(error).strip())
            else:
                log.exception("sweep: a round failed")
            return min(LONGEST_WAIT, 2.0 ** min(self.failures - 1, 4))
        self.failures = 0
        return ROUND

    def round(self) -> None:
        failpoint("sweep.round")
        rows = {bell.kind: bell for bell in Bell.objects.all()}
        for kind in tasks.DRAINS:
            if stopping.asked():
                return
            self.tend(kind, rows.get(kind))
        self.keep_house(rows.get(HOURLY))

    def tend(self, kind: BellKind, bell: Bell | None) -> None:
        """One kind of work: at best one indexed query."""
        waited = self.vigils[kind].look(bell)
        due = tasks.due(kind)
        if due and waited == 0.0:
            bells.ring(kind)
            failpoint("sweep.rung")
        if waited > (RING_AGAIN if kind in self.known else 0.0) and bells.ring_again(kind):
            level = logging.INFO if _seen_lately(bell) else logging.WARNING
            log.log(level, "kind=%s rung again after %d s", kind, waited)
        self.known.add(kind)
        if due and waited > WORK_HERE and not _seen_lately(bell) and not tasks.attended(kind):
            log.warning("kind=%s nobody answers since %d s: working here", kind, waited)
            tasks.DRAINS[kind](BUDGET)

    def keep_house(self, bell: Bell | None) -> None:
        """Once an hour, on whichever host is first: all of housekeeping, one chore a round.

        The hour is taken before the chores are done: a crash leaves the rest of them to the next hour, and none is done twice.
        """
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        if (bell is None or bell.answered_at is None or bell.answered_at < hour) and take_hour(hour):
            failpoint("sweep.hour-taken")
            self.chores.extend(tasks.HOUSEKEEPING)
        if self.chores:
            chore = self.chores.popleft()
            try:
                chore()
                failpoint("sweep.chore-done")
            except Exception:
                log.exception("housekeeping: %s failed", getattr(chore, "__name__", chore))
                db.connections.close_all()


def take_hour(hour: datetime) -> bool:
    """Whether this process is the one that keeps house in this hour: at most one of all hosts hears True."""
    Bell.objects.bulk_create([Bell(kind=HOURLY)], ignore_conflicts=True)
    stale = Q(answered_at__isnull=True) | Q(answered_at__lt=hour)
    return bool(Bell.objects.filter(stale, kind=HOURLY).update(answered_at=hour))


def _seen_lately(bell: Bell | None) -> bool:
    return bool(bell and bell.answered_at and abs(datetime.now(UTC) - bell.answered_at) < DRAIN)


def _rest(until: float) -> None:
    """Sleep until then, or until somebody asks to stop."""
    while not stopping.asked() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 0.25))


def run() -> None:
    """Sweep until SIGTERM or SIGINT."""
    stopping.begin()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.ask())
    Sweep().run()
