"""What waits, under the names that Mailman Core's queues have: a table from each name to the rows it stands for.

Nothing here is worked on by these names. `retry` are batches of which everybody has had a first try, and some are still to be
served; `virgin` are mails of our own; the letters that wait for a moderator are in no queue.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from archives.enums import Role, State
from archives.models import Arrival
from archives.services import parking
from delivery.models import ArchiverCopy, Batch, DigestIssue, NewsPost
from delivery.news import posting
from delivery.services import archiving, control, issues
from delivery.services.claiming import open_batches
from delivery.services.digests import open_issues

COMMANDS = (Role.REQUEST, Role.CONFIRM, Role.JOIN, Role.LEAVE)
TRIED = Q(done__gte=F("size"), size__gt=0)
"""Batches that wait only for those who are to be tried again."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The rows of a queue, which bear no bytes of letters, and how one of them is removed for good, in whose name."""

    rows: Callable[[], QuerySet[Any]]
    remove: Callable[[Any, str], object]
    suffix: str | None = None
    """What a letter that somebody puts in is addressed to: the list's name with this behind it. None: nobody can."""


def _arrivals(state: State, *roles: Role, suffix: str | None = None) -> Queue:
    def rows() -> QuerySet[Arrival]:
        found = Arrival.objects.filter(state=state).select_related("mlist")
        return found.filter(role__in=roles) if roles else found

    return Queue(rows, lambda arrival, by: parking.discard(arrival, by=by, waiting=(state,)), suffix)


def _batches(*which: Q) -> Queue:
    def rows() -> QuerySet[Batch]:
        return open_batches().filter(*which).defer("recipients", "replies").select_related("mlist")

    return Queue(rows, lambda batch, by: control.cancel_batch(batch, by=by))


QUEUES: dict[str, Queue] = {
    "archive": Queue(
        lambda: ArchiverCopy.objects.defer("header").select_related("mlist"),
        lambda copy, by: archiving.drop(ArchiverCopy.objects.filter(pk=copy.pk)),
    ),
    "bad": _arrivals(State.PARKED),
    "bounces": _arrivals(State.RECEIVED, Role.BOUNCES, suffix="-bounces"),
    "command": _arrivals(State.RECEIVED, *COMMANDS, suffix="-request"),
    "digest": Queue(lambda: open_issues().select_related("mlist"), lambda issue, by: issues.give_up(issue, by=by)),
    "in": _arrivals(State.RECEIVED, Role.POST, Role.OWNER, suffix=""),
    "nntp": Queue(
        lambda: posting.open_posts().defer("header").select_related("mlist"),
        lambda post, by: posting.drop(NewsPost.objects.filter(pk=post.pk)),
    ),
    "out": _batches(~TRIED, Q(urgency__gt=0)),
    "pipeline": _arrivals(State.ACCEPTED),
    "retry": _batches(TRIED),
    "shunt": _arrivals(State.SHUNTED),
    "virgin": _batches(~TRIED, Q(urgency=0)),
}

Row = Arrival | Batch | ArchiverCopy | DigestIssue | NewsPost


def again(row: Row, *, by: str) -> bool:
    """Begin again with an arrival that nobody works on (`bad`, `shunt`). False for what is worked on anyway."""
    if not isinstance(row, Arrival) or State(row.state) not in parking.RESTING:
        return False
    parking.retry(row, by=by)
    return True
