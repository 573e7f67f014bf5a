"""How much waits, where, and since when: the operator's first look."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, Sum
from django.utils import timezone

from archives.enums import State
from archives.models import Arrival
from delivery.enums import OutcomeState
from delivery.models import ArchiverCopy, ArchiverState, Batch, DomainPace, Endpoint, Outcome, RelayState
from delivery.services.claiming import open_batches
from suite.common.models import Bell


@dataclass(frozen=True, slots=True)
class Pile:
    """So many things of a kind in one state, the oldest of them so many seconds old."""

    kind: str
    state: str
    count: int
    oldest: float


def piles() -> list[Pile]:
    """Arrivals, batches and deferred recipients by state, copies for archivers outside by archiver. 4 queries."""
    now = timezone.now()

    def pile(kind: str, state: str, count: int, since: datetime | None) -> Pile:
        return Pile(kind, state, count, round((now - since).total_seconds(), 1) if since else 0.0)

    counted: list[tuple[str, Any, str, str]] = [
        ("arrival", Arrival.objects.all(), "state", "state_at"),
        ("batch", Batch.objects.all(), "state", "created_at"),
        ("recipient", Outcome.objects.filter(state=OutcomeState.DEFERRED), "state", "updated_at"),
        ("archiver", ArchiverCopy.objects.all(), "archiver", "made_at"),
    ]
    return [
        pile(kind, state, count, since)
        for kind, rows, column, clock in counted
        for state, count, since in rows.order_by(column).values_list(column).annotate(Count("pk"), Min(clock))
    ]


@dataclass(frozen=True, slots=True)
class Resting:
    """One arrival: since how many seconds it is in its state, and why."""

    arrival: int
    age: float
    list_id: str
    role: str
    sender: str
    message_id: str
    reason: str


def resting(state: State, most: int) -> list[Resting]:
    """The arrivals in a state, those first that have been in it for longest. 1 query."""
    now = timezone.now()
    rows = Arrival.objects.filter(state=state).order_by("state_at", "pk")
    columns = ("pk", "state_at", "mlist__list_id", "role", "sender", "message_id", "reason")
    return [
        Resting(pk, round((now - since).total_seconds(), 1), *others)
        for pk, since, *others in rows.values_list(*columns)[:most]
    ]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a domain is sent to: recipients a minute (None: any number), since when it is slowed, what it said last."""

    domain: str
    limit: int | None
    fixed_rate: int | None
    connections: int | None
    slowed: bool
    slowed_at: datetime | None
    next_at: datetime
    waiting: int
    last_reply: str


def paces() -> list[Pace]:
    """All domains that have a pace, with how many recipients wait for it. 2 queries."""
    waiting = open_batches().order_by().exclude(domain__in=("", Batch.REST)).values_list("domain")
    counts = dict(waiting.annotate(waiting=Sum(F("size") - F("done"))))
    return [
        Pace(
            row.domain,
            row.limit,
            row.fixed_rate,
            row.connections,
            row.rate is not None,
            row.slowed_at,
            row.next_at,
            counts.get(row.domain, 0),
            row.last_reply,
        )
        for row in DomainPace.objects.filter(DomainPace.LIMITED).order_by("domain")
    ]


def overview() -> dict[str, Any]:
    """All of it as plain values, for `--json`."""
    return {
        "piles": [asdict(pile) for pile in piles()],
        "bells": [
            {"kind": bell.kind, "rung": bell.rung, "rung_at": bell.rung_at, "answered_at": bell.answered_at}
            for bell in Bell.objects.order_by("kind")
        ],
        "relays": [
            {"name": relay.name, "failures": relay.failures, "due_at": relay.due_at, "last_error": relay.last_error}
            for relay in RelayState.objects.order_by("name")
        ],
        "archivers": [
            {"name": each.name, "failures": each.failures, "due_at": each.due_at, "last_error": each.last_error}
            for each in ArchiverState.objects.order_by("name")
        ],
        "endpoints": [
            {"list": row.mlist.list_id, "place": row.place, "off": row.off_reason, "last_error": row.last_error}
            for row in Endpoint.objects.filter(failures__gt=0).select_related("mlist").order_by("pk")
        ],
        "paces": [asdict(pace) for pace in paces()],
    }
