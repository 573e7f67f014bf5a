"""What a member wants of one list: set by himself, or by whoever may."""

from typing import Any

from django.db import transaction

from accounts.enums import DeliveryStatus
from accounts.services.preferences import check_preferences
from lists.models import Membership
from suite.common.events import record

WISH = "set"
"""What `data["what"]` says of a token that stands for preferences."""
_FRESH = {"bounce_score": 0, "last_bounce_received": None, "last_warning_sent": None, "total_warnings_sent": 0}


@transaction.atomic
def set_preferences(membership: Membership, *, actor: str = "", **preferences: Any) -> None:
    """Set these preferences of the membership; None means that the address or the user decide again.

    Who is switched on again has a clean record of bounces. What stays the same is not worth a word. Raises TypeError for a name
    that is no preference, ValidationError for a language that nobody may choose.
    """
    check_preferences(preferences)
    changed = {name: value for name, value in preferences.items() if getattr(membership, name) != value}
    if not changed:
        return
    columns = changed | (_FRESH if changed.get("delivery_status") == DeliveryStatus.ENABLED else {})
    for name, value in columns.items():
        setattr(membership, name, value)
    membership.save(update_fields=list(columns))
    record(
        "member.preferences",
        actor=actor,
        list_id=membership.mlist.list_id,
        subject=str(membership.user or membership.address),
        **{name: None if value is None else str(value) for name, value in changed.items()},
    )
