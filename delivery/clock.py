"""Our clock, and the database's, by which workers decide what is due."""

from datetime import datetime, timedelta

from django.utils import timezone

MOMENT = timedelta(seconds=1)


def at_once() -> datetime:
    """What is due from a moment ago is due by the database's clock, too, though it may be behind ours; SQLite's has no
    microseconds. Else a worker who is called that quickly finds nothing to do, and it waits for the sweep."""
    return timezone.now() - MOMENT
