"""A member's hour, in his time zone, through summer and winter."""

from datetime import datetime

import pytest

from delivery.hours import next_time


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("after", "zone", "hour", "weekday", "expected"),
    [
        ("2026-11-20 05:59", "UTC", 6, None, "2026-11-20 06:00"),
        ("2026-11-20 06:00", "UTC", 6, None, "2026-11-21 06:00"),
        ("2026-11-20 06:00", "Europe/Berlin", 7, None, "2026-11-21 06:00"),
        ("2026-07-20 04:59", "Europe/Berlin", 7, None, "2026-07-20 05:00"),
        ("2026-11-20 12:00", "Asia/Kolkata", 7, None, "2026-11-21 01:30"),
        ("2026-11-20 12:00", "Pacific/Auckland", 0, None, "2026-11-21 11:00"),
        ("2026-11-20 12:00", "America/Los_Angeles", 23, None, "2026-11-21 07:00"),
        ("2026-11-20 12:00", "UTC", 6, 0, "2026-11-23 06:00"),  # a Friday; 0 is Monday
        ("2026-11-23 05:59", "UTC", 6, 0, "2026-11-23 06:00"),
        ("2026-11-23 06:00", "UTC", 6, 0, "2026-11-30 06:00"),
        ("2026-11-22 23:00", "Asia/Tokyo", 7, 0, "2026-11-29 22:00"),  # it is Monday there already, 8 o'clock
        ("2026-10-24 12:00", "Europe/Berlin", 7, None, "2026-10-25 06:00"),  # clocks go back in that night
        ("2026-03-28 06:00", "Europe/Berlin", 7, None, "2026-03-29 05:00"),  # and forward in that
        ("2026-03-28 12:00", "Europe/Berlin", 2, None, "2026-03-29 01:00"),  # 2 o'clock is left out: 3 o'clock
    ],
)
def test_next_time(after: str, zone: str, hour: int, weekday: int | None, expected: str) -> None:
    assert next_time(utc(after), zone, hour, weekday) == utc(expected)


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../../etc/passwd", "/etc/passwd", "\0"])
def test_unknown_zones(zone: str) -> None:
    with pytest.raises(ValueError, match="There is no time zone"):
        next_time(utc("2026-11-20 12:00"), zone, 7, None)
