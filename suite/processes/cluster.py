"""`manage.py work`: one lane's django-q2 cluster, guarded.

django-q2 watches its own children, but not everything it can die of. What is added here:

- A worker that is killed while it holds a lock of the task queue stops the cluster for good, silently. So a bell of the lane
  that rings on while no task begins or ends has the whole cluster killed and started afresh.
- Its processes outlive a parent that was killed: they are on the lifeline.
- SIGTERM ends the drain in hand between two pieces of work, rather than after its 20 seconds; also when the whole process
  group gets it, for the children are deaf to it: they stop when they are told.
- A cluster that cannot start, or that ends, is started again.
"""

import contextlib
import logging
import time
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import RawArray
from threading import Thread
from typing import Any

from django import db
from django_q.cluster import Cluster
from django_q.conf import Conf
from django_q.signals import post_execute_in_worker, pre_execute

from suite.common import stopping
from suite.common.bells import LANE, TIMEOUT
from suite.common.enums import BellKind
from suite.common.failpoints import failpoint
from suite.common.models import Bell
from suite.processes import lifeline, signals
from suite.processes.vigil import Vigil

log = logging.getLogger(__name__)

LOOK = 1.5  # seconds between two looks at the bells
DEAF = 9.0  # seconds a bell may ring while the cluster seems idle; by then the sweep has rung again
SLACK = 10  # seconds that a task may take beyond its timeout, after which django-q2 ends it
FAREWELL = 28.0  # seconds for the transaction in hand; the supervisor grants 30


class Pulse:
    """When a task of the cluster last began and last ended, on the monotonic clock. Shared with the processes it forks."""

    def __init__(self, timeout: float) -> None:
        """`timeout` is that of the lane's tasks."""
        self.longest = timeout + SLACK
        now = time.monotonic()
        self.times = RawArray("d", [now, now])

    def task_begins(self, **_: Any) -> None:
        self.times[0] = time.monotonic()

    def task_ended(self, **_: Any) -> None:
        self.times[1] = time.monotonic()

    def idle(self) -> float:
        """Seconds without a sign of life; negative while a task may still be running."""
        began, ended = self.times
        return time.monotonic() - (began + self.longest if began > ended else ended)


@dataclass(slots=True)
class Guard:
    """One lane's cluster, run again and again until somebody asks to stop."""

    lane: str
    pulse: Pulse = field(init=False)

    def __post_init__(self) -> None:
        self.pulse = Pulse(max(TIMEOUT[kind] for kind, lane in LANE.items() if lane == self.lane))

    def run(self) -> None:
        signals.hold_back()
        while not stopping.asked():
            db.connections.close_all()  # no child may inherit one
            cluster = Cluster()
            with contextlib.suppress(RuntimeError):  # its sentinel ended at once; django-q2 has logged that
                cluster.start()
            self.watch(cluster)
            if stopping.asked():
                self.end(cluster)
            else:
                self.pause(1)

    def watch(self, cluster: Cluster) -> None:
        """Return when somebody asked to stop, when the cluster has ended, or when it was deaf and has been killed."""
        self.pulse.task_ended()
        vigils = {kind: Vigil() for kind, lane in LANE.items() if lane == self.lane}
        failpoint("cluster.watched")
        while not stopping.asked() and cluster.sentinel.is_alive():
            self.pause(LOOK)
            if not stopping.asked() and min(ringing(vigils), self.pulse.idle()) > DEAF:
                log.error("lane=%s rings unanswered: its cluster is killed and started again", self.lane)
                cluster.sentinel.kill()
                cluster.sentinel.join()

    def end(self, cluster: Cluster) -> None:
        """Let the cluster finish what it has in hand; then, or when it has nothing and does not end, kill what is left of it.

        From a thread, for setting the event waits for its reader to wake, and that is for ever when somebody killed the reader.
        """
        asked = time.monotonic()
        Thread(target=cluster.stop_event.set, daemon=True).start()
        while cluster.sentinel.is_alive():
            waited = time.monotonic() - asked
            if waited > FAREWELL or min(waited, self.pulse.idle()) > DEAF:
                log.error("lane=%s did not end within %d s and is killed", self.lane, waited)
                cluster.sentinel.kill()
            cluster.sentinel.join(0.5)

    def pause(self, seconds: float) -> None:
        """Wait so long, or until the sentinel ends or somebody asks to stop."""
        if signals.next_one(seconds) in signals.STOP:
            stopping.ask()


def ringing(vigils: dict[BellKind, Vigil]) -> float:
    """The longest any of these bells has been ringing, in seconds. While the database is away all of them are silent."""
    bells: dict[str, Bell] = {}
    try:
        bells = {bell.kind: bell for bell in Bell.objects.filter(kind__in=vigils)}
    except db.Error:
        db.connections.close_all()
    return max(vigil.look(bells.get(kind)) for kind, vigil in vigils.items())


def run(lane: str) -> None:
    """Serve the lane until SIGTERM or SIGINT."""
    stopping.begin()
    lifeline.hold()
    Conf.CLUSTER_NAME = lane
    guard = Guard(lane)
    pre_execute.connect(guard.pulse.task_begins)
    post_execute_in_worker.connect(guard.pulse.task_ended)
    guard.run()
