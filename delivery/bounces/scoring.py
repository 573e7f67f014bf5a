"""Members' scores. Each event is looked at once: by who wrote it, or by the drain for what a relay refused.

| What came | What follows |
|---|---|
| hard: no such mailbox, domain gone, mailbox switched off, no reason given | one point, one a day at most |
| soft: not reachable in time, or the other side still tries | nothing |
| soft, the mailbox is full | nothing at first; a point, one a day at most, once it has been full for FULL_DAYS |
| policy: DMARC, blocklist, content, size | nothing; many of one message are a wave |
| a probe | mail stops at once |
| a report of delivery | one point less |
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.enums import DeliveryStatus
from delivery.bounces import telling, waves
from delivery.enums import BounceCause, BounceKind
from delivery.models import BounceEvent
from lists.enums import MemberRole, PendingKind
from lists.models import MailingList, Membership
from lists.services import pending
from suite.common import stopping
from suite.common.events import record
from suite.common.failpoints import failpoint

FULL_DAYS = 3
PIECE = 50
"""Events of one transaction of the drain."""
CHANGING = ("delivery_status", "bounce_score", "last_bounce_received", "last_warning_sent", "total_warnings_sent")
"""What scoring reads of a member, and others may write meanwhile."""


def process_waiting(seconds: float = 20) -> None:
    """Score what relays refused, the oldest first."""
    deadline = time.monotonic() + seconds
    while not stopping.time_is_up(deadline):
        with transaction.atomic():
            waiting = BounceEvent.objects.filter(processed_at=None).select_for_update(skip_locked=True, of=("self",))
            events = list(
                waiting.order_by("pk").select_related(
                    "mlist__domain", "membership__address__user", "membership__user__preferred_address"
                )[:PIECE]
            )
            process(events, timezone.now())
        if not events:
            return


def is_due() -> bool:
    """Whether an event waits. 1 indexed query."""
    return BounceEvent.objects.filter(processed_at=None).exists()


def process(events: Sequence[BounceEvent], now: datetime, letter: bytes = b"") -> None:
    """Score these events, in the caller's transaction. `letter` is what told of them, for the owners to see."""
    for event in events:
        mlist = event.mlist
        if mlist is not None and mlist.process_bounces:
            if event.probe:
                _end(mlist, event, letter, now)
            elif event.kind == BounceKind.POLICY:
                if waves.is_wave(event):
                    waves.declare(mlist, event, now)
            elif _counts(event):
                _score(mlist, event, letter, now)
        event.processed_at = now
        event.save(update_fields=["points", "processed_at"])


def _counts(event: BounceEvent) -> bool:
    """Whether it speaks against the mailbox. A refusal without a reason does not where the message was at fault."""
    if event.kind == BounceKind.SOFT:
        return event.cause == BounceCause.FULL and _was_full(event)
    return event.cause != BounceCause.OTHER or not waves.is_wave(event)


def _was_full(event: BounceEvent) -> bool:
    """Whether it was so FULL_DAYS ago already, without having been forgotten since."""
    until = event.at - timedelta(days=FULL_DAYS)
    since = until - (event.mlist.bounce_info_stale_after if event.mlist else timedelta())
    earlier = BounceEvent.objects.filter(membership=event.membership_id, cause=BounceCause.FULL)
    return event.membership_id is not None and earlier.filter(at__gte=since, at__lte=until).exists()


def delivered(membership: Membership, *, reason: str) -> None:
    """A report says that mail reached the member: a point less."""
    member = Membership.objects.select_for_update().get(pk=membership.pk)
    if member.bounce_score:
        member.bounce_score -= 1
        member.save(update_fields=["bounce_score"])
        _record("member.bounce-score-lowered", membership, score=member.bounce_score, reason=reason)


def _end(mlist: MailingList, event: BounceEvent, letter: bytes, now: datetime) -> None:
    """A probe came back: that is answer enough."""
    member = _locked(event)
    if member is not None and _is_enabled(member):
        _disable(mlist, member, event, letter, now)


def _score(mlist: MailingList, event: BounceEvent, letter: bytes, now: datetime) -> None:
    member = _locked(event)
    if member is None or not _is_enabled(member):
        return
    last, member.last_bounce_received = (
        member.last_bounce_received,
        max(event.at, member.last_bounce_received or event.at),
    )
    if last is not None and _day(last) == _day(event.at):
        member.save(update_fields=["last_bounce_received"])
        return
    stale = last is not None and event.at - last > mlist.bounce_info_stale_after
    member.bounce_score = 1 if stale else member.bounce_score + 1
    event.points = 1
    member.save(update_fields=["bounce_score", "last_bounce_received"])
    failpoint("bounce.scored")
    _record("member.bounced", member, score=member.bounce_score, cause=event.cause, event=event.pk)
    if mlist.bounce_notify_owner_on_bounce_increment:
        _tell_owners(telling.INCREMENT, mlist, member, event, letter, now)
    if member.bounce_score >= mlist.bounce_score_threshold:
        if settings.VERP_PROBES or not _all_proven(member, mlist):
            _probe(member, event, letter, now)
        else:
            _disable(mlist, member, event, letter, now)


def _locked(event: BounceEvent) -> Membership | None:
    """The member, with the row locked for whoever comes second to wait for, and what may have changed in it read again. None
    where he has left, or never was one.

    Whoever looked the member up has loaded the rest: all columns of him and of his list cost more than the rest of a bounce.
    """
    member = event.membership
    if member is None:
        return None
    rows = Membership.objects.select_for_update().filter(pk=member.pk, role=MemberRole.MEMBER)
    for columns in rows.values_list(*CHANGING):
        for name, value in zip(CHANGING, columns, strict=True):
            setattr(member, name, value)
        if event.mlist is not None:
            member.mlist = event.mlist
        return member
    return None


def _is_enabled(member: Membership) -> bool:
    return bool(member.effective("delivery_status") == DeliveryStatus.ENABLED)


def _day(moment: datetime) -> object:
    return timezone.localtime(moment).date()


def _all_proven(member: Membership, mlist: MailingList) -> bool:
    """Whether nobody can have made up the bounces that filled the score."""
    since = member.last_bounce_received or timezone.now()
    oldest = since - (mlist.bounce_info_stale_after or timedelta(days=1)) * (mlist.bounce_score_threshold + 1)
    points = BounceEvent.objects.filter(membership=member, points__gt=0, at__gte=oldest)
    return not points.filter(proven=False).exists()


def _probe(member: Membership, event: BounceEvent, letter: bytes, now: datetime) -> None:
    """Ask, unless a question is on its way, and begin again."""
    mlist, address = member.mlist, member.subscriber_address
    member.bounce_score = 0
    member.save(update_fields=["bounce_score"])
    if address is None or pending.waiting(mlist, kind=PendingKind.PROBE).filter(email=address.email).exists():
        return
    data = {"member": member.member_id.hex, "message_id": event.message_id}
    issued = pending.create(PendingKind.PROBE, mlist, email=address.email, data=data)
    failpoint("bounce.asked")
    telling.probe(member, f"probe:{issued.pending.fingerprint}", issued.token, letter, event, now)
    _record("member.probed", member, event=event.pk)


def _disable(mlist: MailingList, member: Membership, event: BounceEvent, letter: bytes, now: datetime) -> None:
    member.delivery_status = DeliveryStatus.BY_BOUNCES
    member.bounce_score = 0
    member.total_warnings_sent = 0
    member.last_warning_sent = None
    member.save(update_fields=["delivery_status", "bounce_score", "total_warnings_sent", "last_warning_sent"])
    failpoint("bounce.disabled")
    _record("member.disabled", member, cause=event.cause, event=event.pk)
    if mlist.bounce_notify_owner_on_disable:
        _tell_owners(telling.DISABLE, mlist, member, event, letter, now)


def _tell_owners(
    kind: str, mlist: MailingList, member: Membership, event: BounceEvent, letter: bytes, now: datetime
) -> None:
    address = member.subscriber_address
    telling.owners(
        mlist,
        kind,
        f"bounce:{event.pk}",
        now,
        letter=letter,
        cause=event.cause,
        said=event.diagnostic,
        member=address.original_email if address else "",
    )


def _record(kind: str, member: Membership, **data: object) -> None:
    address = member.subscriber_address
    subject = address.email if address else ""
    record(kind, actor="bounces", list_id=member.mlist.list_id, subject=subject, **data)
