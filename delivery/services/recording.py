"""Recording what the relay answered: one commit for each SMTP transaction, before the next begins.

The delivery log (logger `delivery.log`) has a line for each message that is done with, for each answer to a recipient that was
no plain yes at the first try, and for each failure. All name Message-ID, list and arrival; none has words of the post.
"""

import contextlib
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from archives.transitions import LostLease
from delivery import retry
from delivery.bounces import probing
from delivery.bounces.events import kind_of
from delivery.clock import at_once
from delivery.enums import BatchState, BounceSource, OutcomeState
from delivery.models import Batch, BounceEvent, Outcome
from delivery.services.claiming import OPEN, Claim
from delivery.services.outbox import PERSONAL_BATCH
from delivery.smtp import Reply
from lists.models import Membership
from suite.common import bells
from suite.common.enums import BellKind
from suite.common.logs import about
from suite.common.patience import patiently
from suite.mail.bounces import causes
from suite.mail.bounces.report import Failure

log = logging.getLogger("delivery.log")

OUTAGE_SECONDS = 600
"""How long to wait for a database that is away, before what the relay has taken is forgotten and sent again. The lease may be
over by then: nobody else can have taken the batch while the database was away, and if somebody does then, the token says so."""

Wait = Callable[[int], float]


def first_answers(claim: Claim, replies: Sequence[Reply], *, reordered: bool = False) -> None:
    """The next recipients of the batch had their first answer. Raises LostLease where the batch is no longer ours.

    `replies` has one for each of them. 1 statement and a commit; with refusals up to 4 more, and a bell. `reordered` says that
    the batch's recipients have changed places.
    """
    batch = claim.batch
    start = batch.done
    batch.done += len(replies)
    batch.replies = [*batch.replies, *_summary(replies)]
    batch.attempts = 0
    troubled = [(start + at, reply) for at, reply in enumerate(replies) if not reply.ok]
    claim.troubled |= bool(troubled)
    now, wait = timezone.now(), _waits()
    outcomes = [_outcome(claim, index, reply, now, wait) for index, reply in troubled]
    stopped = patiently(_write_first_answers, OUTAGE_SECONDS)(claim, outcomes, reordered)
    if stopped:
        raise LostLease(stopped)


def _write_first_answers(claim: Claim, outcomes: Sequence[Outcome], reordered: bool) -> str:
    """Why no more may be sent, or the empty string. Doing it twice changes nothing more."""
    batch = claim.batch
    with transaction.atomic() if outcomes else contextlib.nullcontext():
        stopped = _save_progress(claim, reordered=reordered)
        if outcomes:
            Outcome.objects.bulk_create(outcomes, ignore_conflicts=True)
            _bounce(batch, [outcome for outcome in outcomes if outcome.state == OutcomeState.REFUSED])
            if stopped:
                _spare(batch)
    return stopped


def later_answers(claim: Claim, outcomes: Sequence[Outcome], replies: Sequence[Reply]) -> None:
    """Deferred recipients were tried again. Raises LostLease where the batch is no longer ours."""
    now, wait = timezone.now(), _waits()
    for outcome, reply in zip(outcomes, replies, strict=True):
        _answer(outcome, reply, now, claim.batch.expires_at, wait)
        _log_recipient(claim, outcome)
    stopped = patiently(_write_later_answers, OUTAGE_SECONDS)(claim, outcomes)
    if stopped:
        raise LostLease(stopped)


def _write_later_answers(claim: Claim, outcomes: Sequence[Outcome]) -> str:
    """Why no more may be sent, or the empty string. Doing it twice changes nothing more."""
    batch = claim.batch
    with transaction.atomic():
        stopped = _save_progress(claim)
        Outcome.objects.bulk_update(
            outcomes, ["state", "code", "enhanced", "reply", "attempts", "due_at", "updated_at"]
        )
        _bounce(
            batch, [outcome for outcome in outcomes if outcome.state in (OutcomeState.REFUSED, OutcomeState.EXPIRED)]
        )
        if stopped:
            _spare(batch)
    return stopped


def _spare(batch: Batch) -> None:
    """Who was deferred in the very moment in which the batch was cancelled is not tried again."""
    Outcome.objects.filter(batch=batch, batch__state=BatchState.CANCELLED, state=OutcomeState.DEFERRED).update(
        state=OutcomeState.EXPIRED, due_at=None, reply="cancelled", updated_at=timezone.now()
    )


def forget(outcomes: Sequence[Outcome]) -> None:
    """Deferred recipients who left meanwhile: nothing is owed to them any more."""
    Outcome.objects.filter(pk__in=[outcome.pk for outcome in outcomes]).update(
        state=OutcomeState.EXPIRED, due_at=None, reply="left the list", updated_at=timezone.now()
    )


def wait(outcomes: Sequence[Outcome], seconds: float) -> None:
    """Deferred recipients cannot be tried now, for a reason of ours: later, and no attempt counts."""
    Outcome.objects.filter(pk__in=[outcome.pk for outcome in outcomes]).update(
        due_at=timezone.now() + timedelta(seconds=seconds)
    )


def put_back(claim: Claim, seconds: float, *, broken: bool = False) -> None:
    """Nothing (more) could be handed over: somebody tries again from here, after so many seconds."""
    due = timezone.now() + timedelta(seconds=seconds) if seconds else at_once()
    mine = Batch.objects.filter(pk=claim.batch.pk, lease_token=claim.token, state=BatchState.SENDING)
    patiently(mine.update, OUTAGE_SECONDS)(
        state=BatchState.PENDING, lease_token="", due_at=due, attempts=claim.batch.attempts + broken
    )


def failed(claim: Claim, error: Exception) -> None:
    """The relay is not there, or went away in the middle: nobody's fault but worth a line for whoever looks for the message."""
    log.warning("%s batch=%d status=failed: %s", _about(claim), claim.batch.pk, error)


def conclude(claim: Claim, octets: int) -> None:
    """The first pass is over, or a retry: done, given up, or to be taken up again when the next recipient is due.

    `octets` is the size of what went out, for the log.
    """
    batch = claim.batch
    state = BatchState.SENT
    if claim.troubled:
        mine = Batch.objects.filter(pk=batch.pk, lease_token=claim.token, state=BatchState.SENDING)
        due = batch.outcomes.filter(state=OutcomeState.DEFERRED).aggregate(due=Min("due_at"))["due"]
        if due is not None:
            mine.update(state=BatchState.PENDING, lease_token="", due_at=due)
            return
        if batch.outcomes.filter(state=OutcomeState.EXPIRED).exists():
            state = BatchState.EXPIRED
        mine.update(state=state, lease_token="", finished_at=timezone.now())
    _log_message(claim, state, octets)


def give_up(claim: Claim, octets: int) -> None:
    """Its time is over: everybody still unserved is given up, and the batch with them. `octets`: for the log."""
    batch, now = claim.batch, timezone.now()
    claim.troubled = True
    last = Reply(451, "4.4.7", "given up: it was not taken in time")
    with transaction.atomic():
        deferred = list(batch.outcomes.filter(state=OutcomeState.DEFERRED))
        Outcome.objects.filter(pk__in=[outcome.pk for outcome in deferred]).update(
            state=OutcomeState.EXPIRED, due_at=None, updated_at=now
        )
        for outcome in deferred:
            outcome.state = OutcomeState.EXPIRED
            _log_recipient(claim, outcome)
        unserved = [
            _outcome(claim, index, last, now, _waits(), OutcomeState.EXPIRED) for index in range(batch.done, batch.size)
        ]
        Outcome.objects.bulk_create(unserved, ignore_conflicts=True)
        _bounce(batch, [*deferred, *unserved])
        batch.done = batch.size
        _save_progress(claim)
    conclude(claim, octets)


def _summary(replies: Sequence[Reply]) -> list[tuple[int, str]]:
    """`[how many, reply]` for runs of the same answer: a transaction's recipients share theirs."""
    return [(len(list(same)), str(reply)) for reply, same in groupby(replies)]


def _save_progress(claim: Claim, *, reordered: bool = False) -> str:
    """One UPDATE, which also ends a batch that is through without any trouble. Raises LostLease.

    Written by hand because it runs with every SMTP transaction: the ORM takes as long to compose it as the database to do it.
    What was sent is recorded even where an owner has paused or cancelled the batch meanwhile: the answer says so, and the
    caller, when all is written, raises LostLease, lest more of it is sent.
    """
    batch = claim.batch
    through = batch.done == batch.size and not claim.troubled
    columns: dict[str, Any] = {"done": batch.done, "replies": json.dumps(batch.replies), "attempts": 0}
    if reordered:
        columns["recipients"] = json.dumps(batch.recipients)
    ending = {"state": BatchState.SENT.value, "lease_token": "", "finished_at": timezone.now()} if through else {}
    if _update(columns | ending, claim, f"AND state = 'sending' AND NOT {_PAUSED}"):
        return ""
    back = ending or {"state": BatchState.PENDING.value, "lease_token": ""}
    if _update(columns | back, claim, "AND state = 'sending'"):
        return f"batch {batch.pk} is paused"
    if _update(columns, claim):
        return f"batch {batch.pk} is cancelled"
    raise LostLease(f"batch {batch.pk} is somebody else's")


_PAUSED = "EXISTS (SELECT 1 FROM delivery_rendering r WHERE r.id = rendering_id AND r.paused_at IS NOT NULL)"


def _update(columns: dict[str, Any], claim: Claim, condition: str = "") -> int:
    names = ", ".join(f"{name} = %s" for name in columns)
    sql = f"UPDATE delivery_batch SET {names} WHERE id = %s AND lease_token = %s {condition}"  # noqa: S608 (constants)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*columns.values(), claim.batch.pk, claim.token])
        return int(cursor.rowcount)


def _waits() -> Wait:
    """Seconds to wait after the nth failure. Who failed together waits equally long, and is tried again in one transaction."""
    return cache(lambda attempt: retry.wait(retry.recipient_ladder(), attempt))


def _outcome(
    claim: Claim, index: int, reply: Reply, now: datetime, wait: Wait, state: OutcomeState | None = None
) -> Outcome:
    state = state or (OutcomeState.REFUSED if reply.permanent else OutcomeState.DEFERRED)
    outcome = Outcome(
        batch=claim.batch,
        index=index,
        address=claim.batch.recipients[index][1],
        state=state,
        code=reply.code,
        enhanced=reply.enhanced,
        reply=reply.text[:500],
        due_at=now + timedelta(seconds=wait(1)) if state == OutcomeState.DEFERRED else None,
        updated_at=now,
    )
    _log_recipient(claim, outcome)
    return outcome


def _answer(outcome: Outcome, reply: Reply, now: datetime, expires: datetime, wait: Wait) -> None:
    outcome.code, outcome.enhanced, outcome.reply, outcome.updated_at = (
        reply.code,
        reply.enhanced,
        reply.text[:500],
        now,
    )
    outcome.attempts += 1
    outcome.due_at = None
    if reply.ok:
        outcome.state = OutcomeState.SENT
    elif reply.permanent:
        outcome.state = OutcomeState.REFUSED
    elif now >= expires:
        outcome.state = OutcomeState.EXPIRED
    else:
        outcome.due_at = now + timedelta(seconds=wait(outcome.attempts))


def _bounce(batch: Batch, outcomes: Sequence[Outcome]) -> None:
    """Each mailbox that refused a list's post is a bounce event; of notices there is nothing to score, but of probes."""
    if batch.mlist_id is None:
        for outcome in outcomes:
            probing.refused(batch.return_path, failure_of(outcome))
        return
    if not outcomes or batch.endpoint_id is not None:
        return
    wanted = {batch.recipients[outcome.index][0] for outcome in outcomes}
    members = set(Membership.objects.filter(pk__in=wanted - {None}).values_list("pk", flat=True))
    events = [
        BounceEvent(
            mlist_id=batch.mlist_id,
            membership_id=member if (member := batch.recipients[outcome.index][0]) in members else None,
            address=outcome.address,
            kind=kind_of(failure := failure_of(outcome)),
            cause=failure.cause.value,
            source=BounceSource.SMTP,
            code=outcome.code,
            enhanced=outcome.enhanced,
            diagnostic=outcome.reply,
            message_id=batch.rendering.message_id,
            batch=batch,
        )
        for outcome in outcomes
    ]
    BounceEvent.objects.bulk_create(events, ignore_conflicts=True)
    bells.ring_after_commit(BellKind.BOUNCE)


def failure_of(outcome: Outcome) -> Failure:
    """What a final refusal says of the mailbox (RFC 3463 §3); who was put off for too long was not refused."""
    return Failure(
        address=outcome.address,
        permanent=outcome.code >= 500,
        cause=causes.cause(outcome.enhanced, outcome.reply),
        status=outcome.enhanced,
        code=outcome.code,
        diagnostic=outcome.reply,
    )


# --- the delivery log -------------------------------------------------------------------------------------------------


def _about(claim: Claim) -> str:
    rendering, mlist = claim.batch.rendering, claim.mlist
    return about(rendering.message_id, mlist.list_id if mlist else "", rendering.arrival_id)


def _log_recipient(claim: Claim, outcome: Outcome) -> None:
    log.info(
        "%s to=%s dsn=%s code=%d status=%s: %s",
        _about(claim),
        outcome.address,
        outcome.enhanced,
        outcome.code,
        outcome.state,
        outcome.reply,
    )


def slowed(claim: Claim, address: str, reply: Reply) -> None:
    """The recipient's domain has too much of us: he waits without an answer of his own."""
    about = f"{_about(claim)} to={address} dsn={reply.enhanced} code={reply.code}"
    log.info("%s status=slowed: %s", about, reply.text[:500])


def _log_message(claim: Claim, state: BatchState, octets: int) -> None:
    """The last of a message's batches speaks for all of its mail; two that end in the same instant may both do so.

    1 query, and none for the one batch of a short roster.
    """
    batch = claim.batch
    parts: list[tuple[str, int]] = [(state, batch.size)]
    if batch.position or batch.domain or batch.size >= min(settings.BATCH_RECIPIENTS, PERSONAL_BATCH):
        alike = Batch.objects.filter(rendering=batch.rendering_id, endpoint=batch.endpoint_id)
        parts = list(alike.values_list("state", "size"))
    states = {part for part, _ in parts}
    if states.isdisjoint(OPEN):
        log.info(
            "%s recipients=%d size=%d seconds=%.1f status=%s",
            _about(claim),
            sum(size for _, size in parts),
            octets,
            (timezone.now() - batch.created_at).total_seconds(),
            BatchState.EXPIRED if BatchState.EXPIRED in states else state,
        )
