"""Probation of new members: it ends by itself when moderators have accepted enough of their posts."""

from django.db.models import F

from lists.queries import standings
from moderation.models import HeldMessage, Probation
from suite.common.events import record

RULE = "probation"


def count_accepted(held: HeldMessage, actor: str) -> None:
    """A post that was held for probation was accepted, inside the caller's transaction. No statement for other posts."""
    if RULE not in held.arrival.verdict.get("hits", ()):
        return
    member = standings(held.mlist, [held.sender])[held.sender].member
    if member is None:
        return
    row, _ = Probation.objects.get_or_create(membership=member)
    Probation.objects.filter(pk=row.pk).update(accepted=F("accepted") + 1)
    row.refresh_from_db()
    if row.accepted == held.mlist.probation_posts:
        record("probation.ended", actor=actor, list_id=held.mlist.list_id, subject=held.sender, posts=row.accepted)
