"""Claiming batches: which are next, whose they are, and for how long.

Small batches are claimed a handful at a time, so that a short post costs its worker few queries beside its own commit.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db.models import BigIntegerField, BooleanField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from delivery import leases
from delivery.enums import BatchState
from delivery.models import Batch, DomainPace
from delivery.services import relays, routing
from delivery.services.routing import Routes
from lists.models import MailingList
from suite.common.patience import patiently

LEASE_SECONDS = 20
"""How long a batch stays with a worker that says nothing; what a crash costs a batch in hand. See `renew`."""
RENEW_SECONDS = 5
HANDFUL = 10
"""Batches claimed at once at most."""
HANDFUL_RECIPIENTS = 2_000
"""Recipients in a handful at most, unless one batch has more."""
PAGE = 200

OPEN = (BatchState.PENDING, BatchState.SENDING)


def open_batches() -> QuerySet[Batch]:
    """Batches in an OPEN state, found by the index of these alone, however many have ended.

    The states stand in the statement: with values passed beside it, SQLite would not see that the index holds them all.
    """
    states = ", ".join(f"'{state.value}'" for state in OPEN)
    return Batch.objects.filter(RawSQL(f"delivery_batch.state IN ({states})", (), BooleanField()))  # noqa: S611


@dataclass
class Claim:
    """A batch in hand, under a token that every write must show."""

    batch: Batch
    token: str = field(default_factory=leases.new_token)
    mlist: MailingList | None = None
    written_to: MailingList | None = None
    """The list of the post: another one where `mlist` is included by it."""
    sure_at: float = field(default_factory=time.monotonic)
    """When it was last certain that the batch is ours (monotonic seconds)."""
    parted: frozenset[str] = frozenset()
    """Domains whose recipients were looked for, and parted from the others."""
    troubled: bool = False
    """Whether some recipient of the batch was ever deferred or refused, so that outcomes exist."""

    def __post_init__(self) -> None:
        self.troubled = self.batch.done > 0 or self.batch.size == 0


class Open(NamedTuple):
    """An open batch as the queue sees it."""

    pk: int
    mlist_id: int | None
    list_domain_id: int | None
    position: int
    domain: str
    urgency: int
    size: int
    done: int
    state: str
    due_at: datetime
    lease_token: str
    lease_until: datetime | None
    now: datetime

    @property
    def free(self) -> bool:
        if self.state == BatchState.PENDING:
            return self.due_at <= self.now
        return self.lease_until is None or self.lease_until <= self.now or self.orphaned

    @property
    def orphaned(self) -> bool:
        return self.state == BatchState.SENDING and leases.dead(self.lease_token)

    @property
    def turn(self) -> tuple[int, int, str] | None:
        """Batches of which one waits for the one before."""
        return (self.mlist_id, self.position, self.domain.strip(Batch.REST)) if self.mlist_id is not None else None


def _open_batches(routes: Routes) -> Iterator[Open]:
    """All that is open, in the order it is to be sent, without what only waits, for the deferred or
    for a domain's pace. 1 query a page.
    """
    list_domain = Value(None, BigIntegerField()) if routes.plain else F("mlist__domain_id")
    waiting_for_deferred = Q(state=BatchState.PENDING, done=F("size"), due_at__gt=Now())
    paced = Exists(DomainPace.objects.filter(domain=OuterRef("domain"), next_at__gt=Now()))
    mail = open_batches().filter(endpoint__isnull=True, rendering__paused_at__isnull=True)
    rows = mail.filter(~waiting_for_deferred, Q(domain="") | ~paced)
    rows = rows.annotate(now=Now(), list_domain_id=list_domain).order_by("urgency", "pk")
    ordered = rows.values_list(*Open._fields)
    last: Open | None = None
    while True:
        after = (
            ordered.filter(Q(urgency__gt=last.urgency) | Q(urgency=last.urgency, pk__gt=last.pk)) if last else ordered
        )
        page = [Open(*row) for row in after[:PAGE]]
        yield from page
        if len(page) < PAGE:
            return
        last = page[-1]


def _reachable(routes: Routes, resting: frozenset[str]) -> Callable[[Open], bool]:
    """Whether a relay for the batch can be tried. One that was not parted yet may have recipients with other relays."""

    @cache
    def answers(mlist_id: int | None, list_domain_id: int | None, domain: str) -> bool:
        usual = domain.strip(Batch.REST)
        targets = routes.apart(mlist_id, list_domain_id) | {usual} if not domain else {usual}
        ways = (way for target in targets for way in routes.ways(mlist_id, list_domain_id, target))
        return any(way.name not in resting for way in ways)

    return lambda row: answers(row.mlist_id, row.list_domain_id, row.domain)


def _sendable(routes: Routes, resting: frozenset[str] = frozenset()) -> Iterator[Open]:
    """Those that somebody may send now, where these relays do not answer.

    A post's n-th batch waits for the n-th batch of the list's posts before it, until each recipient of that was tried
    once: a member gets posts in the order they were made. Notices belong to no list and wait for nobody.
    """
    reachable = _reachable(routes, resting)
    blocked: set[tuple[int, int, str]] = set()
    for row in _open_batches(routes):
        if row.free and row.turn not in blocked and reachable(row):
            yield row
        elif row.turn is not None and row.done < row.size:
            blocked.add(row.turn)


def is_due() -> bool:
    """Whether there is anything to send now. 3 queries, as a rule."""
    return next(_sendable(routing.load(), relays.resting()), None) is not None


def somebody_sends() -> bool:
    """Whether a batch is in the hands of somebody who lives and renews his lease. 1 query."""
    held = open_batches().filter(state=BatchState.SENDING, lease_until__gt=Now(), endpoint__isnull=True)
    return any(not leases.dead(token) for token in held.values_list("lease_token", flat=True)[:PAGE])


def sendable(most: int, routes: Routes) -> int:
    """How many batches could be sent now, counted up to `most`."""
    return sum(1 for _, _ in zip(range(most), _sendable(routes, _resting(routes)), strict=False))


def _resting(routes: Routes) -> frozenset[str]:
    """Which relays do not answer. The site's only one is not asked about: who has begun to send has the right to try it."""
    return frozenset() if routes.plain else relays.resting()


def claim(known: dict[int, MailingList] | None = None, routes: Routes | None = None) -> list[Claim]:
    """Take the next handful of batches: notices first, then posts in order. 3 queries, none left: 1; one more with routes.

    `known` are lists that the caller has read already; it learns others, with a query more. The handful is shared out among
    the site's sessions: it is never more than this worker's part of what there is.
    """
    routes = routes or routing.load()
    while chosen := _choose(routes):
        if claims := take(chosen, known if known is not None else {}):
            return claims
    return []


def take(chosen: Sequence[Open], known: dict[int, MailingList]) -> list[Claim]:
    """Those of these batches that nobody else has taken meanwhile. 2 queries, none left: 1; `known` as in claim()."""
    token, asked = leases.new_token(), time.monotonic()
    orphaned = [row.lease_token for row in chosen if row.orphaned]
    free = Q(state=BatchState.PENDING, due_at__lte=Now()) | Q(state=BatchState.SENDING, lease_until__lte=Now())
    left = Q(state=BatchState.SENDING, lease_token__in=orphaned)
    taken = Batch.objects.filter(free | left, pk__in=[row.pk for row in chosen]).update(
        state=BatchState.SENDING, lease_token=token, lease_until=Now() + timedelta(seconds=LEASE_SECONDS)
    )
    return patiently(_load, LEASE_SECONDS)(token, [row.pk for row in chosen], asked, known) if taken else []


def _choose(routes: Routes) -> list[Open]:
    chosen: list[Open] = []
    recipients, seen, wanted = 0, 0, HANDFUL * settings.SMTP_SESSIONS
    for row in _sendable(routes, _resting(routes)):
        seen += 1
        recipients += row.size
        if not chosen or (len(chosen) < HANDFUL and recipients <= HANDFUL_RECIPIENTS):
            chosen.append(row)
        if seen >= wanted:
            break
    share = -(-seen // settings.SMTP_SESSIONS)
    return chosen[:share]


def _load(token: str, chosen: list[int], asked: float, known: dict[int, MailingList]) -> list[Claim]:
    mine = Batch.objects.filter(pk__in=chosen, lease_token=token)
    batches = list(mine.select_related("rendering__letter").order_by("urgency", "pk"))
    wanted = {pk for batch in batches for pk in (batch.mlist_id, batch.rendering.mlist_id) if pk is not None}
    if wanted := wanted - known.keys():
        known |= MailingList.objects.select_related("domain").in_bulk(wanted)
    return [
        Claim(batch, token, known.get(batch.mlist_id or 0), known.get(batch.rendering.mlist_id or 0), sure_at=asked)
        for batch in batches
    ]


def renew(tokens: list[str]) -> None:
    """Keep the batches of these tokens for another while. A sleeping worker renews nothing, and so loses them."""
    open_batches().filter(lease_token__in=tokens, state=BatchState.SENDING).update(
        lease_until=Now() + timedelta(seconds=LEASE_SECONDS)
    )


def release(claims: list[Claim]) -> None:
    """Give back what was claimed and not begun."""
    for token in {claim.token for claim in claims}:
        pks = [claim.batch.pk for claim in claims if claim.token == token]
        mine = Batch.objects.filter(pk__in=pks, lease_token=token, state=BatchState.SENDING)
        patiently(mine.update, LEASE_SECONDS)(state=BatchState.PENDING, lease_token="")


def still_mine(claim: Claim) -> bool:
    """Whether the batch is still to be sent, and by us. Asked before an SMTP transaction when the last write is old."""
    return Batch.objects.filter(
        pk=claim.batch.pk,
        lease_token=claim.token,
        state=BatchState.SENDING,
        lease_until__gt=Now(),
        rendering__paused_at__isnull=True,
    ).exists()
