"""What may follow what in an arrival's life; `move()` is the only writer of its state."""

import logging
from collections.abc import Collection
from typing import Any

from django.utils import timezone

from archives.enums import State
from archives.models import Arrival

log = logging.getLogger(__name__)

FOLLOWS: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset(
        {
            State.ACCEPTED,
            State.DISTRIBUTED,
            State.HELD,
            State.REJECTED,
            State.DISCARDED,
            State.PARKED,
            State.SHUNTED,
        }
    ),
    State.ACCEPTED: frozenset({State.DISTRIBUTED, State.REJECTED, State.DISCARDED, State.PARKED, State.SHUNTED}),
    State.HELD: frozenset({State.ACCEPTED, State.REJECTED, State.DISCARDED, State.EXPIRED}),
    State.PARKED: frozenset({State.RECEIVED, State.ACCEPTED, State.DISCARDED}),
    State.SHUNTED: frozenset({State.RECEIVED, State.ACCEPTED, State.DISCARDED}),
}
"""States that are no key here are final. A judged and shaped post goes from received to distributed in one commit."""


class LostLease(Exception):
    """Somebody else has this arrival now; what was done for it here must not be written."""


def move(arrivals: Collection[int], old: State, new: State, *, lease: str | None = None, **columns: Any) -> int:
    """UPDATE these arrivals (primary keys) from `old` to `new`, where nobody else has moved them. Returns how many.

    With `lease` (a token) all must still be under that lease: else LostLease, and the caller's transaction must roll back.
    """
    if new not in FOLLOWS.get(old, frozenset()):
        raise ValueError(f"{old} -> {new} is no transition")
    rows = Arrival.objects.filter(pk__in=arrivals, state=old)
    if lease is not None:
        rows = rows.filter(lease_token=lease)
    moved = rows.update(state=new, state_at=timezone.now(), lease_token="", **columns)
    if lease is not None and moved != len(arrivals):
        raise LostLease(f"{moved} of {len(arrivals)} arrivals were still ours")
    return moved
