"""What an owner can do about a post that is on its way: pause, resume, cancel. Copies already handed over are gone."""

import logging

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from archives.models import Arrival
from delivery.endpoints.choosing import in_use
from delivery.enums import BatchState, OutcomeState
from delivery.models import Batch, Outcome, Rendering
from delivery.services.claiming import OPEN
from suite.common import bells, events
from suite.common.enums import BellKind
from suite.common.failpoints import failpoint
from suite.common.logs import about

log = logging.getLogger(__name__)


def pause(arrival: Arrival, *, by: str) -> int:
    """Stop the sending before its next SMTP transaction. Returns how many renderings it concerns."""
    with transaction.atomic():
        paused = Rendering.objects.filter(arrival=arrival, paused_at__isnull=True).update(paused_at=timezone.now())
        _record("sending.paused", arrival, by)
    return paused


def resume(arrival: Arrival, *, by: str) -> int:
    """Go on where the sending was paused."""
    with transaction.atomic():
        resumed = Rendering.objects.filter(arrival=arrival, paused_at__isnull=False).update(paused_at=None)
        _record("sending.resumed", arrival, by)
        bells.ring_after_commit(BellKind.SEND)
        if in_use():
            bells.ring_after_commit(BellKind.ENDPOINT)
    return resumed


def cancel(arrival: Arrival, *, by: str) -> int:
    """Send nothing more of it. Returns how many recipients are spared, those included who are to be tried again."""
    with transaction.atomic():
        spared = _cancel(Batch.objects.filter(rendering__arrival=arrival))
        _record("sending.cancelled", arrival, by)
    return spared


def cancel_batch(batch: Batch, *, by: str) -> int:
    """The same for one batch, be it of a post, a digest or a mail of our own."""
    with transaction.atomic():
        spared = _cancel(Batch.objects.filter(pk=batch.pk))
        log.info("batch=%d sending.cancelled by=%s", batch.pk, by)
        list_id = batch.mlist.list_id if batch.mlist else ""
        events.record("sending.cancelled", actor=by, list_id=list_id, subject=f"batch:{batch.pk}")
    return spared


def _cancel(chosen: QuerySet[Batch]) -> int:
    rows = chosen.filter(state__in=OPEN).only("size", "done")
    batches = list(rows.select_for_update(of=("self",)))
    pks = [batch.pk for batch in batches]
    deferred = Outcome.objects.filter(batch__in=pks, state=OutcomeState.DEFERRED)
    spared = sum(batch.size - batch.done for batch in batches)
    spared += deferred.update(state=OutcomeState.EXPIRED, due_at=None, reply="cancelled", updated_at=timezone.now())
    Batch.objects.filter(pk__in=pks).update(state=BatchState.CANCELLED, finished_at=Now())
    return spared


def _record(kind: str, arrival: Arrival, by: str) -> None:
    log.info("%s %s by=%s", about(arrival.message_id, arrival.mlist.list_id, arrival.pk), kind, by)
    events.record(kind, actor=by, list_id=arrival.mlist.list_id, subject=f"arrival:{arrival.pk}")
    failpoint("control.in-commit")
