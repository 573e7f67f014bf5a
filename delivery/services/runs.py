"""Claiming arrivals: a few of one list, in the order they came, each attempt counted before the work begins."""

import contextlib
from dataclasses import dataclass

from django.db import DatabaseError
from django.db.models import F

from archives.enums import Role, State
from archives.models import Arrival, Letter
from archives.transitions import LostLease
from delivery import leases, recipients
from delivery.endpoints.choosing import with_endpoints
from delivery.leases import LaneLease
from delivery.services import distribution
from lists.enums import MemberRole
from lists.models import MailingList
from lists.services.relations import INCLUDED, with_relations
from lists.wording import with_texts
from moderation import facts
from suite.common.patience import patiently

RUN_LENGTH = 25
RUN_BYTES = 8 * 1024 * 1024
RUN_RECIPIENTS = 100_000
"""What the posts of a run may have together, unless one has more: they are all in memory until the run is written."""
_MEMBERS = (
    f"{INCLUDED} SELECT count(*) FROM lists_membership"  # noqa: S608 - our own constants
    f" WHERE role = {MemberRole.MEMBER:d} AND mlist_id IN (SELECT id FROM included)"
)
MAX_ATTEMPTS = 6
"""A letter whose work was interrupted (not refused: interrupted) this often is shunted. More than a few, for who is killed at
random is most often killed at the oldest letter, which is innocent."""


@dataclass(frozen=True)
class Run:
    """Arrivals of one list that a worker has in hand, oldest first, with their letters' bytes by letter id."""

    mlist: MailingList
    arrivals: list[Arrival]
    letters: dict[int, bytes]


def claim(lease: LaneLease) -> Run | None:
    """The next run of the list, or None. What a crash interrupted before comes back alone, and in the end not.

    4 queries, one more where several posts wait.
    """
    waiting = leases.waiting_arrivals().filter(mlist_id=lease.mlist_id).order_by("id")
    rows = list(waiting.values_list("pk", "attempts", "letter__size", "role")[:RUN_LENGTH])
    if rows and rows[0][1] >= MAX_ATTEMPTS:
        _give_up(rows[0][0], lease)
        return claim(lease)
    posts = sum(role == Role.POST for *_, role in rows)
    chosen = _choose(rows, _most(lease) if posts > 1 else 1)
    if not chosen:
        return None
    claimed = Arrival.objects.filter(pk__in=chosen, state__in=(State.RECEIVED, State.ACCEPTED))
    if claimed.update(attempts=F("attempts") + 1, lease_token=lease.token) != len(chosen):
        raise LostLease("an arrival went elsewhere while it was claimed")
    arrivals = list(Arrival.objects.filter(pk__in=chosen).order_by("id"))
    letters = Letter.objects.filter(pk__in={arrival.letter_id for arrival in arrivals}).values_list("pk", "raw")
    lists = with_endpoints(with_relations(with_texts(facts.judged(MailingList.objects.select_related("domain")))))
    mlist = lists.get(pk=lease.mlist_id)
    return Run(mlist, arrivals, {pk: bytes(raw) for pk, raw in letters})


def _most(lease: LaneLease) -> int:
    """How many posts to the members of the list, and of those it includes, make a run. 1 query."""
    [(members,)] = recipients.rows(_MEMBERS, [lease.mlist_id])
    return max(1, RUN_RECIPIENTS // max(int(members), 1))


def _choose(rows: list[tuple[int, int, int, str]], posts: int) -> list[int]:
    """The oldest, alone where it was tried before; else as many fresh ones as fit into memory, so many posts among them."""
    chosen: list[int] = []
    total = 0
    for pk, attempts, size, role in rows:
        total += size
        posts -= role == Role.POST
        if chosen and (attempts or total > RUN_BYTES or posts < 0):
            break
        chosen.append(pk)
        if attempts:
            break
    return chosen


def _give_up(pk: int, lease: LaneLease) -> None:
    arrival = Arrival.objects.get(pk=pk)
    distribution.shunt(arrival, lease, why=f"The work on it was interrupted {arrival.attempts} times.", trace="")


def refund(run: Run, patience: float = 30) -> None:
    """Take back the attempts of a run that our own trouble ended; wait for the database up to `patience` seconds."""
    mine = Arrival.objects.filter(
        pk__in=[arrival.pk for arrival in run.arrivals],
        attempts__gt=0,
        state__in=(State.RECEIVED, State.ACCEPTED),
    )
    with contextlib.suppress(DatabaseError):
        patiently(mine.update, patience)(attempts=F("attempts") - 1)
