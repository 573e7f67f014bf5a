"""Posts on their way to endpoints. No transaction is open while one answers; what it said is committed before the next is asked.

What a kill can repeat is the one POST that was in flight, under the id that it had: whoever keeps the ids gets each post once.
"""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from archives.transitions import LostLease
from delivery import retry
from delivery.clock import at_once
from delivery.draft import Recipient
from delivery.endpoints import claiming, knocking, managing
from delivery.endpoints.knocking import Heard
from delivery.enums import BatchState, OutcomeState
from delivery.models import Batch, Endpoint, Outcome
from delivery.services import handover, recording, retrying
from delivery.services.claiming import RENEW_SECONDS, Claim, renew
from delivery.services.content import stored_octets
from lists.models import MailingList
from suite.common import bells, stopping
from suite.common.enums import BellKind
from suite.common.failpoints import failpoint
from suite.common.keeper import Keeper
from suite.common.patience import is_away

log = logging.getLogger(__name__)

NEARLY = 0.9
ENOUGH = 5
"""Failures in a row, without which none is dead: a quiet list's endpoint may have failed once a week ago, and once now."""


def work(seconds: float = 20) -> None:
    """Post what is due, one by one, until nothing is left or the time is up."""
    if not claiming.is_due():
        return
    deadline = time.monotonic() + seconds
    mlists: dict[int, MailingList] = {}
    with Keeper(renew, RENEW_SECONDS) as keeper:
        while not stopping.time_is_up(deadline) and (claim := claiming.claim(mlists)):
            failpoint("endpoints.claimed")
            with keeper.holding(claim.token):
                attend(claim)


def attend(claim: Claim) -> None:
    """Bring one post as far as it gets."""
    try:
        _attend(claim)
    except LostLease as lost:
        log.warning("%s", lost)
        recording.put_back(claim, seconds=0)
    except Exception as error:  # one post that cannot be sent must not stop all behind it
        if is_away(error):
            recording.put_back(claim, seconds=0)
            raise
        log.exception("batch=%d failed", claim.batch.pk)
        if claim.batch.done < claim.batch.size:  # else it would hold up what is behind it
            recording.first_answers(claim, [retrying.lost(error)])
        recording.put_back(claim, seconds=retry.recipient_ladder()[0])


def _attend(claim: Claim) -> None:
    batch, endpoint = claim.batch, claim.batch.endpoint
    if endpoint is None:  # it was taken away meanwhile
        recording.put_back(claim, seconds=0)
    elif timezone.now() >= batch.expires_at:
        recording.give_up(claim, stored_octets(batch.rendering))
        if _is_dead(endpoint):
            managing.switch_off(endpoint, endpoint.last_error, actor=managing.DELIVERY)
    elif endpoint.off_at is not None and endpoint.membership_id is not None:
        _by_mail(claim)
    else:
        _post(claim, endpoint)


@transaction.atomic
def _by_mail(claim: Claim) -> None:
    """Its endpoint is switched off: the member gets it at his mailbox."""
    past = at_once()
    mine = Batch.objects.filter(pk=claim.batch.pk, lease_token=claim.token, state=BatchState.SENDING)
    if mine.update(endpoint=None, state=BatchState.PENDING, lease_token="", due_at=past):
        Outcome.objects.filter(batch=claim.batch, state=OutcomeState.DEFERRED).update(due_at=past)
        bells.ring_after_commit(BellKind.SEND)


def _post(claim: Claim, endpoint: Endpoint) -> None:
    batch, octets = claim.batch, stored_octets(claim.batch.rendering)
    recipient: Recipient = tuple(batch.recipients[0])
    soon = timezone.now() + timedelta(seconds=1)
    again = list(batch.outcomes.filter(state=OutcomeState.DEFERRED, due_at__lte=soon)) if batch.done else []
    left = handover.who_left(batch, [recipient])
    if batch.done and not again:  # its answer was recorded, and no more
        recording.conclude(claim, octets)
    elif left and again:
        recording.forget(again)
        recording.conclude(claim, octets)
    elif left:
        recording.first_answers(claim, [left[recipient]])
        recording.conclude(claim, octets)
    else:
        handover.make_sure(claim)
        body = knocking.letter(claim)
        fields = knocking.fields(claim, again[0].attempts + 1 if again else 1)
        heard = knocking.knock(endpoint, knocking.post_id(batch), body, fields)
        failpoint("endpoints.before-record")
        if again:
            recording.later_answers(claim, again, [heard.reply])
        else:
            recording.first_answers(claim, [heard.reply])
        failpoint("endpoints.after-record")
        _note(endpoint, heard)
        recording.conclude(claim, len(body))


def _note(endpoint: Endpoint, heard: Heard) -> None:
    """What an answer says of the endpoint. One that fails rests; it is switched off when it wants no more. 1 statement."""
    now, reply = timezone.now(), heard.reply
    mine = Endpoint.objects.filter(pk=endpoint.pk)
    if reply.ok:
        mine.update(taken_at=now, failures=0, failing_since=None, last_error="")
        return
    endpoint.failures, endpoint.last_error = endpoint.failures + 1, reply.text[:500]
    endpoint.failing_since = endpoint.failing_since or now
    pause = 0.0 if reply.permanent else max(heard.rest, retry.wait(retry.ENDPOINT_REST, endpoint.failures))
    mine.update(
        failures=endpoint.failures,
        failing_since=endpoint.failing_since,
        last_error=endpoint.last_error,
        due_at=now + timedelta(seconds=pause),
    )
    log.warning("endpoint=%d failures=%d next=%.0fs: %s", endpoint.pk, endpoint.failures, pause, reply.text)
    if heard.gone or _is_dead(endpoint):
        managing.switch_off(endpoint, endpoint.last_error, actor=managing.DELIVERY)


def _is_dead(endpoint: Endpoint) -> bool:
    """Whether it has taken nothing for as long as mail is tried, or nearly: the first try is a moment after the post was made."""
    if endpoint.failing_since is None or endpoint.failures < ENOUGH:
        return False
    return timezone.now() - endpoint.failing_since >= NEARLY * timedelta(days=settings.DELIVERY_RETRY_DAYS)
