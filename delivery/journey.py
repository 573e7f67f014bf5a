"""A message's road from the archive's door to the outbox, on one screen.

Claim a run of one list's arrivals in the order they came, take each along its road (a post is judged and shaped) outside any
write transaction, write all results in one short transaction. No SQL, MIME or SMTP stands here.
"""

import logging
import time
import traceback

from django.utils import timezone

from archives.transitions import LostLease
from delivery import leases, roads
from delivery.results import Result
from delivery.services import distribution, runs
from lists.patterns import noticing_slow_ones
from moderation import candidates
from suite.common import stopping
from suite.common.failpoints import failpoint
from suite.common.keeper import Keeper
from suite.common.logs import about
from suite.common.patience import is_away

log = logging.getLogger(__name__)


def judge(seconds: float = 20, keep: float = leases.KEEP_SECONDS) -> None:
    """Work on waiting arrivals, list by list, until none is left or the time is up. Leases are renewed every `keep` seconds."""
    deadline = time.monotonic() + seconds
    with Keeper(leases.keep_lanes, keep) as keeper:
        while not stopping.time_is_up(deadline) and (lease := leases.take_lane()):
            with keeper.holding(lease.token):
                _work_off(lease, deadline)


def _work_off(lease: leases.LaneLease, deadline: float) -> None:
    try:
        while not stopping.time_is_up(deadline) and advance(lease):
            pass
    except LostLease as lost:
        log.warning("lane=%d lost: %s", lease.mlist_id, lost)
    finally:
        leases.release_lane(lease)


def advance(lease: leases.LaneLease) -> bool:
    """Bring the list's next run of arrivals as far as it gets. False when the list has none."""
    run = runs.claim(lease)
    if run is None:
        return False
    try:
        with noticing_slow_ones() as slow:
            results = consider(run)
        failpoint("journey.before-commit")
        distribution.write(lease, run, results, slow)
        failpoint("journey.after-commit")
    except LostLease:
        raise
    except Exception as error:
        if is_away(error):
            runs.refund(run)
            raise
        if len(run.arrivals) > 1:
            log.warning("list=%s run of %d failed, now one by one: %s", run.mlist.list_id, len(run.arrivals), error)
        else:
            distribution.shunt(run.arrivals[0], lease, why=str(error), trace=traceback.format_exc())
    return True


def consider(run: runs.Run) -> list[Result]:
    """Take every arrival of the run along its road. Reads the database, never writes it."""
    number, now = run.mlist.post_id, timezone.now()
    results = []
    letters = candidates.build(run.arrivals, run.mlist, run.letters)
    open_roads = roads.of_run(letters, run.mlist, now)
    for candidate in letters:
        try:
            result = roads.travel(candidate, run.mlist, number, now, open_roads)
        except Exception as error:
            if is_away(error):
                raise
            arrival = candidate.arrival
            log.exception("%s failed", about(arrival.message_id, run.mlist.list_id, arrival.pk))
            result = Result(candidate.arrival, candidate, failure=f"{error!r}\n{traceback.format_exc()}")
        number += result.is_post
        results.append(result)
    return results
