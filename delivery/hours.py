"""When it is next a member's hour, wherever he lives."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def next_time(after: datetime, time_zone: str, hour: int, weekday: int | None) -> datetime:
    """The next moment after `after` at which clocks of that zone show the hour (on that weekday, 0 = Monday), in UTC.

    An hour that clocks leave out in spring is the one after it. Raises ValueError for a time zone that nobody knows.
    """
    zone = zone_named(time_zone)
    wall = after.astimezone(zone).replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    while wall.astimezone(UTC) <= after or (weekday is not None and wall.weekday() != weekday):
        wall += timedelta(days=1)
    return wall.astimezone(UTC)


def zone_named(name: str) -> ZoneInfo:
    """Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"There is no time zone {name!r}.") from error
