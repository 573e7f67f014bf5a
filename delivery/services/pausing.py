"""Delivery that stops until a day, resumes by itself, and brings what was missed as one digest.

What was missed is known where the list collects digests; elsewhere delivery resumes, and the archive has it.
"""

import logging
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from accounts.enums import DeliveryStatus
from delivery import recipients
from delivery.errors import InvalidChoice
from delivery.models import DeliveryPause, DigestEntry
from delivery.services import outbox, personal_composing, personal_digests
from lists.models import Membership
from lists.services.preferences import set_preferences
from suite.common import bells, stopping
from suite.common.enums import BellKind
from suite.common.failpoints import failpoint
from suite.common.patience import is_away

log = logging.getLogger(__name__)

LONGEST = timedelta(days=366)
_PAUSABLE = (None, DeliveryStatus.ENABLED, DeliveryStatus.BY_USER)


@transaction.atomic
def pause(membership: Membership, until: datetime, *, digest: bool = True, actor: str = "") -> DeliveryPause:
    """Send nothing to this member until then. Pausing again moves the day. Raises InvalidChoice."""
    now = timezone.now()
    if not now < until <= now + LONGEST:
        raise InvalidChoice("A pause ends in the future, and within a year.")
    membership = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    if membership.delivery_status not in _PAUSABLE:
        raise InvalidChoice("Delivery is switched off already, and not by the member.")
    running = DeliveryPause.objects.filter(membership=membership).first()
    wanted = {"until": until, "digest": digest, "last": None}
    if running is None or running.last is not None:
        status = membership.delivery_status
        wanted["before"] = None if status == DeliveryStatus.BY_USER else status
    began = {"began_at": now, "seen": _newest(membership)}
    found, _ = DeliveryPause.objects.update_or_create(
        defaults=wanted, create_defaults=wanted | began, membership=membership
    )
    set_preferences(membership, actor=actor, delivery_status=DeliveryStatus.BY_USER)
    return found


def resume(membership: Membership, *, actor: str = "") -> bool:
    """End a pause now. Returns whether there was one."""
    with transaction.atomic():
        running = _running().select_for_update(of=("self",)).filter(membership=membership).first()
        if running is None:
            return False
        _resume(running, actor)
    return True


def _running() -> QuerySet[DeliveryPause]:
    return DeliveryPause.objects.filter(last__isnull=True)


def _resume(running: DeliveryPause, actor: str) -> None:
    membership = running.membership
    if membership.delivery_status == DeliveryStatus.BY_USER:
        set_preferences(membership, actor=actor, delivery_status=running.before)
    DeliveryPause.objects.filter(pk=running.pk).update(last=_newest(membership), until=timezone.now())
    bells.ring_after_commit(BellKind.DIGEST)


def _newest(membership: Membership) -> int:
    return DigestEntry.objects.filter(mlist=membership.mlist_id).aggregate(last=Max("pk"))["last"] or 0


# --- when the day has come --------------------------------------------------------------------------------------------


def _due() -> QuerySet[DeliveryPause]:
    """Pauses that are over: by the calendar, by hand, or because somebody changed the member's delivery_status."""
    changed = Q(membership__delivery_status__isnull=True) | ~Q(membership__delivery_status=DeliveryStatus.BY_USER)
    return DeliveryPause.objects.filter(Q(until__lte=timezone.now()) | Q(changed, last__isnull=True))


def is_due() -> bool:
    """1 query, of a table that holds pauses alone."""
    return _due().exists()


def work(seconds: float = 20) -> None:
    """End the pauses that are over, and send what was missed, until the time is up."""
    deadline = time.monotonic() + seconds
    failed: set[int] = set()
    while not stopping.time_is_up(deadline):
        over = _due().exclude(pk__in=failed).select_related("membership__mlist__domain").order_by("until", "pk").first()
        if over is None:
            return
        try:
            if over.last is None:
                resume(over.membership, actor="schedule")
            else:
                bring(over)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("member=%d pause could not be ended", over.membership_id)
            failed.add(over.pk)
            DeliveryPause.objects.filter(pk=over.pk).update(until=timezone.now() + personal_digests.LATER)


def bring(over: DeliveryPause) -> None:
    """The next mail of what was missed, once; the end of the pause with the last. Composing is outside any transaction."""
    membership, mlist = over.membership, over.membership.mlist
    missed = DigestEntry.objects.filter(mlist=mlist, pk__gt=over.seen, pk__lte=over.last)
    rows = missed.order_by("pk").select_related("post").defer("post__text")
    entries, last, more = personal_digests.first_part(rows.iterator(200), over.seen) if over.digest else ([], 0, False)
    reader = next(iter(recipients.mailboxes([membership.pk])), None)
    plan = None
    if entries and reader is not None:
        send, message_id = personal_composing.compose(mlist, reader[0], entries)
        plan = outbox.Plan(send, mlist, None, message_id, urgency=personal_digests.URGENCY)
    failpoint("pause.composed")
    with transaction.atomic():
        mine = DeliveryPause.objects.filter(pk=over.pk, seen=over.seen, last=over.last)
        if not (mine.update(seen=last) if more else mine.delete()[0]):
            return
        if plan is not None:
            outbox.plan([plan])
