"""What an owner or operator wants to see of bounces. Reads only."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.enums import DeliveryStatus
from delivery.enums import BounceCause
from delivery.models import BounceEvent
from lists.models import MailingList, Membership
from lists.queries import members, standings


def troubled(mlist: MailingList) -> list[dict[str, Any]]:
    """Members with a score or whose mail bounces have stopped, the worst first. Two queries."""
    rows = members(mlist).filter(Q(bounce_score__gt=0) | Q(delivery_status=DeliveryStatus.BY_BOUNCES))
    found = list(rows.order_by("-delivery_status", "-bounce_score", "pk"))
    last = {event.membership_id: event for event in _events(mlist).filter(membership__in=found).order_by("pk")}
    return [_standing(row, last.get(row.pk)) for row in found]


def causes(mlist: MailingList) -> dict[str, int]:
    """How many bounces of each cause the list has had, in words. One query."""
    counted: dict[str, int] = {}
    for cause in _events(mlist).order_by("pk").values_list("cause", flat=True).iterator():
        label = str(BounceCause(cause).label)
        counted[label] = counted.get(label, 0) + 1
    return dict(sorted(counted.items(), key=lambda entry: -entry[1]))


def of_member(mlist: MailingList, address: str) -> list[dict[str, Any]] | None:
    """A member's bounces, the latest first; None where nobody of this address is a member."""
    [standing] = standings(mlist, [address]).values()
    if standing.member is None:
        return None
    return [_told(event) for event in _events(mlist).filter(membership=standing.member).order_by("-pk")]


def _events(mlist: MailingList) -> QuerySet[BounceEvent]:
    return BounceEvent.objects.filter(mlist=mlist)


def _standing(row: Membership, last: BounceEvent | None) -> dict[str, Any]:
    address = row.subscriber_address
    return {
        "address": address.original_email if address else "",
        "score": row.bounce_score,
        "delivery_status": DeliveryStatus(row.effective("delivery_status")).wire,
        "warnings": row.total_warnings_sent,
        "last_bounce": row.last_bounce_received,
        "cause": str(BounceCause(last.cause).label) if last else "",
    }


def _told(event: BounceEvent) -> dict[str, Any]:
    return {
        "at": event.at,
        "cause": str(BounceCause(event.cause).label),
        "kind": event.kind,
        "points": event.points,
        "code": event.enhanced or str(event.code or ""),
        "source": event.source,
        "proven": event.proven,
        "message_id": event.message_id,
        "said": event.diagnostic,
    }
