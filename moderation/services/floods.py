"""Floods of posts: the list's people hear of each once."""

from datetime import timedelta

from django.utils import timezone

from lists import notices as list_notices
from lists.models import MailingList
from moderation import notices
from moderation.models import Flood
from suite.common.events import record


def held_for_flood(mlist: MailingList, count: int) -> None:
    """So many posts were held for it, inside the caller's transaction. Tells owners and moderators where a flood begins."""
    now = timezone.now()
    pause = timedelta(seconds=mlist.flood_seconds)
    flood, created = Flood.objects.get_or_create(mlist=mlist, defaults={"began_at": now, "held_at": now})
    begins = created or flood.held_at < now - pause
    Flood.objects.filter(pk=flood.pk).update(held_at=now, **({"began_at": now} if begins else {}))
    if not begins:
        return
    record("flood.began", list_id=mlist.list_id, posts=count, limit=mlist.flood_posts, seconds=mlist.flood_seconds)
    for told in notices.flood(mlist):
        about = f"flood:{mlist.pk}:{now.isoformat()}"
        words = told.recipient, told.subject, told.text
        list_notices.mail(mlist, told.kind, about, *words, to_owners=told.to_owners).send()
