"""Members whose mail was stopped by bounces: warned as often as the list says, then removed. An hourly chore."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.enums import DeliveryStatus
from delivery.bounces import telling
from lists.enums import MemberRole
from lists.models import Membership
from lists.services import leaving, resuming
from suite.common.events import record
from suite.common.failpoints import failpoint

ACTOR = "bounces"


def remind() -> int:
    """Warn or remove whose time has come, each in a transaction of his own. Returns how many."""
    now, done = timezone.now(), 0
    waiting = Membership.objects.filter(
        role=MemberRole.MEMBER, delivery_status=DeliveryStatus.BY_BOUNCES, mlist__process_bounces=True
    )
    for pk in waiting.order_by("pk").values_list("pk", flat=True).iterator():
        done += _look_at(pk, now)
    return done


@transaction.atomic
def _look_at(pk: int, now: datetime) -> bool:
    """Whether anything was done. The row is locked, so two chores that meet do it once."""
    rows = Membership.objects.select_for_update(of=("self",)).filter(pk=pk, delivery_status=DeliveryStatus.BY_BOUNCES)
    member = rows.select_related("mlist__domain", "address__user", "user__preferred_address").first()
    if member is None:
        return False
    mlist = member.mlist
    warnings, last = mlist.bounce_you_are_disabled_warnings, member.last_warning_sent
    if warnings and last is not None and last + mlist.bounce_you_are_disabled_warnings_interval > now:
        return False
    if member.total_warnings_sent >= warnings:
        _remove(member, now)
    else:
        _warn(member, now)
    return True


def _warn(member: Membership, now: datetime) -> None:
    mlist, address = member.mlist, member.subscriber_address
    member.total_warnings_sent += 1
    member.last_warning_sent = now
    member.save(update_fields=["total_warnings_sent", "last_warning_sent"])
    if address is None:
        return
    issued = resuming.offer(member)
    failpoint("bounce.offered")
    telling.warning(member, issued.token, issued.pending.pk)
    record("member.warned", actor=ACTOR, list_id=mlist.list_id, subject=address.email, count=member.total_warnings_sent)


def _remove(member: Membership, now: datetime) -> None:
    mlist, address, about = member.mlist, member.subscriber_address, member.member_id
    leaving.leave(
        mlist, member, pre_confirmed=True, pre_approved=True, send_goodbye=True, tell_owners=False, actor=ACTOR
    )
    if mlist.bounce_notify_owner_on_removal:
        email = address.original_email if address else ""
        telling.owners(mlist, telling.REMOVAL, f"member:{about}", now, member=email)
