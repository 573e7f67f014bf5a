"""What an operator does about single arrivals that wait for nobody else: try again, or give up."""

import logging
from collections.abc import Collection
from typing import Any

from django.db import transaction

from archives.enums import State
from archives.errors import NotParked
from archives.models import Arrival
from archives.transitions import move
from suite.common import bells, events
from suite.common.enums import BellKind
from suite.common.failpoints import failpoint
from suite.common.logs import about

log = logging.getLogger(__name__)

RESTING = (State.SHUNTED, State.PARKED)


def retry(arrival: Arrival, *, by: str) -> None:
    """Begin again: behind the judging where a moderator had decided, else from the start.

    Raises NotParked for an arrival that is neither shunted nor parked.
    """
    arrival.refresh_from_db(fields=["verdict"])
    was_held = arrival.verdict.get("disposition") == "hold"  # and only who was accepted then gets as far as failing
    again = State.ACCEPTED if was_held else State.RECEIVED
    _leave(arrival, again, "arrival.retried", by, attempts=0, reason="", traceback="")
    failpoint("parking.after-commit")
    bells.ring(BellKind.JUDGE)


def discard(arrival: Arrival, *, by: str, waiting: Collection[State] = RESTING) -> None:
    """Give it up. Its letter stays as long as refused mail does. Raises NotParked for one that is in none of these states.

    A worker that has it in hand loses it: nothing of what he does about it is written.
    """
    _leave(arrival, State.DISCARDED, "arrival.discarded", by, waiting, reason=f"discarded by {by}")


@transaction.atomic
def _leave(
    arrival: Arrival, new: State, event: str, by: str, waiting: Collection[State] = RESTING, **columns: Any
) -> None:
    moved = sum(move([arrival.pk], old, new, **columns) for old in waiting)
    if not moved:
        raise NotParked(f"Arrival {arrival.pk} is neither shunted nor parked.")
    log.info("%s state=%s by=%s", about(arrival.message_id, arrival.mlist.list_id, arrival.pk), new.value, by)
    events.record(event, actor=by, list_id=arrival.mlist.list_id, subject=f"arrival:{arrival.pk}")
    failpoint("parking.in-commit")
