"""Pacing: how many recipients at a domain may be sent to now. What is known of a domain is a row, so that it outlives us.

A domain that says that it has too much of us (`delivery/overrate.py`) is left alone for a while, later and later; then one
recipient is tried, and after him a number a minute, which doubles with each minute in which the domain took it all.
"""

import logging
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from delivery import leases, retry
from delivery.clock import at_once
from delivery.draft import Recipient
from delivery.enums import BatchKind, BatchState, OutcomeState
from delivery.models import Batch, DomainPace, Outcome
from delivery.overrate import ended_by, over_rate
from delivery.services import recording
from delivery.services.claiming import OPEN, Claim
from delivery.services.parcel import domain_of
from delivery.smtp import Reply, SmtpError
from suite.common import bells, events
from suite.common.enums import BellKind
from suite.common.failpoints import failpoint
from suite.mail.addresses import wire_domain

log = logging.getLogger(__name__)

START = 60
"""Recipients a minute after the first time that a domain asks for less."""
FULL = 3_000
"""Recipients a minute from which on a domain is not slowed any more."""
PROBE = 1
"""Recipients of the first transaction after a pause."""
MINUTE = timedelta(minutes=1)
SEAT_SECONDS = 2.0
"""When to ask again for a place among a domain's connections."""
TRUST_SECONDS = 2.0
PIECE = 500
"""Recipients of one statement."""
FORGOTTEN = timedelta(days=1)
"""A domain with so little mail that its rate never grows is not slowed any more after so long."""


class Book:
    """Which domains have a pace, as of the last seconds. The threads of a drain share it. 1 query when it is asked again."""

    def __init__(self) -> None:
        self._rows: dict[str, DomainPace] = {}
        self._asked = float("-inf")

    def limited(self) -> Mapping[str, DomainPace]:
        if time.monotonic() - self._asked >= TRUST_SECONDS:
            self._rows = {row.domain: row for row in DomainPace.objects.filter(DomainPace.LIMITED)}
            self._asked = time.monotonic()
        return self._rows

    def forget(self) -> None:
        self._asked = float("-inf")


class Permit(NamedTuple):
    """How many recipients may be sent to now; where it is none, seconds after which asking again makes sense.

    `crowded`: it is none because others send there, which the row's `next_at` does not tell.
    """

    allowed: int
    seconds: float = 0
    crowded: bool = False


@transaction.atomic
def reserve(domain: str, wanted: int, token: str) -> Permit:
    """Take the right to send to so many recipients there at most, for the worker with this token. 2-3 statements.

    What is taken and not used is lost, with whoever dies for example: a minute's worth at most.
    """
    row = DomainPace.objects.select_for_update().annotate(now=Now()).filter(pk=domain).first()
    if row is None:
        return Permit(wanted)
    now: datetime = row.now
    if row.next_at > now:
        return Permit(0, (row.next_at - now).total_seconds())
    if row.connections is not None and not _seated(row, token):
        return Permit(0, SEAT_SECONDS, crowded=True)
    if now - row.minute_at >= MINUTE:
        _turn(row, now)
    limit = row.limit
    if limit is not None:
        wanted = min(wanted, PROBE if row.failing_since else wanted, max(limit - row.used, 0))
        row.used += wanted
        if row.used >= limit:
            row.next_at = row.minute_at + MINUTE
    row.save()
    return Permit(wanted) if wanted else Permit(0, (row.next_at - now).total_seconds())


def _seated(row: DomainPace, token: str) -> bool:
    """Whether the worker is one of those who may send there now. Seats of batches that are in nobody's hands are free."""
    held = Batch.objects.filter(state=BatchState.SENDING, lease_until__gt=Now(), lease_token__in=row.seats)
    living = {holder for holder in held.values_list("lease_token", flat=True) if not leases.dead(holder)}
    row.seats = [holder for holder in row.seats if holder in living]
    if token not in row.seats and len(row.seats) < (row.connections or 0):
        row.seats.append(token)
        row.save(update_fields=["seats"])
    return token in row.seats


def _turn(row: DomainPace, now: datetime) -> None:
    """A minute is over: the next may have as much again as the domain took in it."""
    if row.rate is not None and not row.failing_since:
        row.rate += min(row.taken, row.rate)
        if row.rate >= FULL:
            row.rate = None
            log.info("domain=%s is not slowed any more", row.domain)
    row.minute_at, row.used, row.taken = now, 0, 0


@transaction.atomic
def slow(domain: str, reply: Reply) -> None:
    """The domain has too much of us: half as many recipients a minute, none for a while."""
    DomainPace.objects.bulk_create([DomainPace(domain=domain)], ignore_conflicts=True)
    row = DomainPace.objects.select_for_update().annotate(now=Now()).get(pk=domain)
    now: datetime = row.now
    row.last_reply = str(reply)[:500]
    if row.failing_since is None or row.next_at <= now:  # else another session has said so a moment ago
        row.rate = max((row.limit or 2 * START) // 2, 1)
        row.failures += 1
        row.failing_since = row.failing_since or now
        row.slowed_at = now
        row.next_at = now + timedelta(seconds=retry.wait(retry.PACE, row.failures))
        pause = (row.next_at - now).total_seconds()
        log.warning("domain=%s rate=%d/min next=%.0fs: %s", domain, row.rate, pause, row.last_reply)
    row.save()


def note(
    book: Book,
    claim: Claim,
    slowed: Mapping[Recipient, Reply],
    recipients: Sequence[Recipient],
    replies: Sequence[Reply],
) -> None:
    """What the answers to these recipients, and those that ask for less, say of their domains. Nothing slowed: no statement."""
    _took(book.limited(), recipients, replies)
    for recipient, reply in slowed.items():
        recording.slowed(claim, recipient[1], reply)
    for domain, reply in {domain_of(recipient): reply for recipient, reply in slowed.items()}.items():
        slow(domain, reply)
        book.forget()
        failpoint("pacing.slowed")


def _took(limited: Mapping[str, DomainPace], recipients: Sequence[Recipient], replies: Sequence[Reply]) -> None:
    """A slowed domain answered without asking for less, whatever it said. 1 statement for each that is slowed."""
    if not limited:
        return
    answered = Counter(
        domain_of(recipient) for recipient, reply in zip(recipients, replies, strict=False) if not over_rate(reply)
    )
    for domain, count in answered.items():
        if domain in limited and limited[domain].rate is not None:
            DomainPace.objects.filter(pk=domain).update(taken=F("taken") + count, failures=0, failing_since=None)


class Slowed(NamedTuple):
    """Recipients whose answer says that their domain has too much of us; and whether it was for this that a session ended."""

    replies: dict[Recipient, Reply]
    ended: bool


def asked_to_slow(
    kind: str, recipients: Sequence[Recipient], replies: Sequence[Reply], error: Exception | None
) -> Slowed:
    """Who of these recipients, in what was answered of them and in the error that came then, speaks for his domain.

    An answer to a whole mail speaks for a domain where all of its recipients are there; one to MAIL is the relay's own.
    """
    found = {
        recipient: reply
        for recipient, reply in zip(recipients, replies, strict=False)
        if reply.code >= 400 and over_rate(reply) and _of_one_domain(kind, reply, recipients)
    }
    reply = ended_by(error)
    if reply is not None and isinstance(error, SmtpError) and error.at is not None:
        rest = recipients[len(replies) :]
        if _of_one_domain(kind, reply, rest):
            return Slowed(found | {rest[error.at]: reply}, True)
    return Slowed(found, False)


def _of_one_domain(kind: str, reply: Reply, recipients: Sequence[Recipient]) -> bool:
    if not reply.step:
        return True
    return reply.step != "MAIL" and (kind != BatchKind.BULK or len({domain_of(one) for one in recipients}) == 1)


def takes_mail(domain: str, life: timedelta) -> bool:
    """Whether a domain that has a pace has taken anything within so long: then nobody who waits for it is given up."""
    row = DomainPace.objects.filter(pk=domain).first()
    return row is not None and (row.failing_since is None or timezone.now() - row.failing_since < life)


def sweep() -> None:
    """What was slowed for long and has hardly any mail is slowed no more; what says nothing any more is forgotten."""
    now = timezone.now()
    DomainPace.objects.filter(rate__isnull=False, next_at__lt=now - FORGOTTEN).update(
        rate=None, failures=0, failing_since=None
    )
    before = now - timedelta(days=settings.DELIVERY_RETRY_DAYS) - FORGOTTEN
    unused = Q(slowed_at__lt=before) | Q(slowed_at__isnull=True)
    DomainPace.objects.filter(~DomainPace.LIMITED, unused).delete()


@transaction.atomic
def set_pace(domain: str, fixed_rate: int | None, connections: int | None, *, actor: str) -> DomainPace:
    """What an operator wants for a domain, always; None = no limit of his. Raises ValidationError."""
    name = wire_domain(f"@{domain}")
    row = DomainPace.objects.select_for_update().filter(pk=name).first()
    row = row or DomainPace(domain=name, next_at=at_once(), minute_at=at_once())
    row.fixed_rate, row.connections = fixed_rate or None, connections or None
    row.full_clean(validate_unique=False)
    row.save()
    events.record("pace.set", actor=actor, subject=name, rate=row.fixed_rate, connections=row.connections)
    bells.ring_after_commit(BellKind.SEND)
    return row


@transaction.atomic
def clear(domains: Sequence[str] | None = None, *, actor: str) -> int:
    """Forget that these domains (None: all) asked us to slow down, and make who was put off there due again.

    What an operator set stays. Returns how many it was.
    """
    rows = DomainPace.objects.filter(rate__isnull=False)
    if domains is not None:
        rows = rows.filter(pk__in=[wire_domain(f"@{domain}") for domain in domains])
    names = sorted(rows.values_list("domain", flat=True))
    now = timezone.now()
    rows.update(rate=None, failures=0, failing_since=None, next_at=at_once(), minute_at=now - MINUTE, used=0, taken=0)
    if names:
        _try_again(frozenset(names), at_once())
    for name in names:
        events.record("pace.cleared", actor=actor, subject=name)
    bells.ring_after_commit(BellKind.SEND)
    return len(names)


def _try_again(domains: Collection[str], now: datetime) -> None:
    """Who is at these domains and was put off, for whatever reason, is due now. Looks at all who are."""
    put_off = Outcome.objects.filter(state=OutcomeState.DEFERRED, due_at__gt=now, batch__state__in=OPEN)
    rows = put_off.values_list("pk", "batch", "address")
    found = [(pk, batch) for pk, batch, address in rows.iterator() if domain_of((None, address, "")) in domains]
    for start in range(0, len(found), PIECE):
        outcomes, batches = zip(*found[start : start + PIECE], strict=True)
        waiting = Batch.objects.filter(pk__in=set(batches), state=BatchState.PENDING)
        waiting.update(
            due_at=now
        )  # before their outcomes, as a worker does: else two who lock both might wait for ever
        Outcome.objects.filter(pk__in=outcomes, state=OutcomeState.DEFERRED).update(due_at=now)
