"""Leases with fencing tokens: who may work on a list's arrivals, or on a batch.

The database's clock counts, not the worker's. A worker that was asleep longer than its lease finds its token gone when it
writes, and rolls back. A token names its holder, so that what a dead process of this machine held is free at once; what
another machine holds is free when its time is over.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from archives.enums import WAITING
from archives.models import Arrival
from archives.transitions import LostLease
from delivery.models import Lane
from suite.common.patience import patiently

LANE_SECONDS = 30
"""How long a list stays with a worker that says nothing. Renewed at each commit, and meanwhile by its keeper."""
KEEP_SECONDS = 8
"""How often the keeper of a judging worker renews: DNS and scanners may hold up a run for longer than a lease."""

_PLACE, _PID, _START = 8, 6, 10
"""Hexadecimal digits of a token: the place (machine and process namespace), the process, its start; the rest is random."""


def new_token() -> str:
    """32 characters that nobody else makes: who holds it, and chance."""
    return _holder(os.getpid()) + secrets.token_hex(4)


def dead(token: str) -> bool:
    """Whether the holder was a process of this place that is no more."""
    pid = token[_PLACE : _PLACE + _PID]
    if len(token) < _PLACE + _PID + _START or token[:_PLACE] != _place():
        return False
    return not token.startswith(_holder(int(pid, 16)))


def _holder(pid: int) -> str:
    return f"{_place()}{pid:0{_PID}x}{_started(pid):0{_START}x}"


@cache
def _place() -> str:
    """This machine since it was booted, and this process namespace of it: pids mean nothing beyond."""
    boot = ""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
    with contextlib.suppress(OSError):
        boot += str(Path("/proc/self/ns/pid").readlink())
    return hashlib.sha256(boot.encode()).hexdigest()[:_PLACE]


def _started(pid: int) -> int:
    """When the process started, in clock ticks since boot; 0 where there is none, or a corpse."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return 0 if fields[0] in "ZX" else int(fields[19])


@dataclass(frozen=True, slots=True)
class LaneLease:
    """The right to work on one list's arrivals."""

    mlist_id: int
    token: str


def waiting_arrivals() -> QuerySet[Arrival]:
    """Arrivals that a worker may move on now, of all lists."""
    return Arrival.objects.filter(Q(due_at__isnull=True) | Q(due_at__lte=Now()), state__in=WAITING)


def take_is_possible() -> bool:
    """Whether a list has waiting arrivals and nobody works on it. 2 queries."""
    return _oldest_unattended(_attended()) is not None


def somebody_works() -> bool:
    """Whether a list is in the hands of somebody who lives. 1 query."""
    return any(not dead(token) for token in _attended().values())


def take_lane() -> LaneLease | None:
    """The lane of the list whose oldest waiting arrival nobody works on; None when there is none. 3 queries."""
    while True:
        attended = _attended()
        mlist_id = _oldest_unattended(attended)
        if mlist_id is None:
            return None
        lease = LaneLease(mlist_id, new_token())
        if _take(lease, orphaned=[token for token in attended.values() if dead(token)]):
            return lease


def _attended() -> dict[int, str]:
    """Lists whose lease has not run out, and who holds them, dead or alive."""
    return dict(Lane.objects.filter(until__gt=Now()).values_list("mlist_id", "token"))


def _oldest_unattended(attended: dict[int, str]) -> int | None:
    busy = [mlist_id for mlist_id, token in attended.items() if not dead(token)]
    return waiting_arrivals().exclude(mlist_id__in=busy).order_by("id").values_list("mlist_id", flat=True).first()


def _take(lease: LaneLease, orphaned: Collection[str]) -> bool:
    free = Q(until__isnull=True) | Q(until__lte=Now()) | Q(token__in=orphaned)
    lane = Lane.objects.filter(free, mlist_id=lease.mlist_id)
    columns = {"token": lease.token, "until": Now() + timedelta(seconds=LANE_SECONDS)}
    if lane.update(**columns):
        return True
    Lane.objects.bulk_create([Lane(mlist_id=lease.mlist_id)], ignore_conflicts=True)
    return bool(lane.update(**columns))


def renew_lane(lease: LaneLease) -> None:
    """Inside the transaction that writes results: raises LostLease where somebody else has the list by now."""
    mine = Lane.objects.filter(mlist_id=lease.mlist_id, token=lease.token)
    if not mine.update(until=Now() + timedelta(seconds=LANE_SECONDS)):
        raise LostLease(f"the lane of list {lease.mlist_id}")


def keep_lanes(tokens: Collection[str]) -> None:
    """Keep the lanes of these tokens for another while. Whatever somebody else has taken is his, and stays so."""
    Lane.objects.filter(token__in=tokens).update(until=Now() + timedelta(seconds=LANE_SECONDS))


def release_lane(lease: LaneLease) -> None:
    """Give the list back. While the database is away, wait for it as long as others would wait for the lease."""
    mine = Lane.objects.filter(mlist_id=lease.mlist_id, token=lease.token)
    patiently(mine.update, LANE_SECONDS / 2)(token="", until=None)
