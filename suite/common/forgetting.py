"""What Django keeps for a while and forgets only when it is told to: sessions, and the cache where it is a table."""

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.utils import timezone


def forget_sessions() -> int:
    """Delete sessions whose time is over. How many went."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def forget_cached() -> int:
    """Delete cached values whose time is over; how many went. The table culls itself only once it is
    full, and Redis forgets by itself."""
    if not isinstance(caches["default"], DatabaseCache):
        return 0
    now = connection.ops.adapt_datetimefield_value(timezone.now().replace(microsecond=0))
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(settings.CACHES["default"]["LOCATION"])
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [now])  # noqa: S608 - the site's own setting
        return int(cursor.rowcount)
