"""When a list's digests begin a new volume: by the calendar, in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime

from lists.enums import DigestFrequency

PERIODS: dict[int, Callable[[datetime], tuple[int, ...]]] = {
    DigestFrequency.YEARLY: lambda at: (at.year,),
    DigestFrequency.QUARTERLY: lambda at: (at.year, (at.month - 1) // 3),
    DigestFrequency.MONTHLY: lambda at: (at.year, at.month),
    DigestFrequency.WEEKLY: lambda at: at.isocalendar()[:2],  # the ISO year, which is not always the calendar's
    DigestFrequency.DAILY: lambda at: (at.year, at.month, at.day),
}
"""Frequency -> the period a moment lies in; later periods are greater."""


def next_issue(frequency: int, volume: int, number: int, last: datetime | None, now: datetime) -> tuple[int, int]:
    """Volume and number of an issue made now, where `volume` and `number` are what comes next within one period.

    The first issue of a period begins a volume, unless the volume is new anyway. A clock that is put back begins none.
    """
    period = PERIODS[frequency]
    if last is not None and number > 1 and period(now.astimezone(UTC)) > period(last.astimezone(UTC)):
        return volume + 1, 1
    return volume, number
