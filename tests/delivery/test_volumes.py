"""Volumes and issues by the calendar."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from delivery.volumes import next_issue
from lists.enums import DigestFrequency

YEARLY, MONTHLY, QUARTERLY, WEEKLY, DAILY = DigestFrequency


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


@pytest.mark.feature("core.digest.volume")
@pytest.mark.parametrize(
    ("frequency", "last", "now", "begins"),
    [
        (YEARLY, "2026-01-01", "2026-12-31", False),
        (YEARLY, "2026-12-31", "2027-01-01", True),
        (QUARTERLY, "2026-01-01", "2026-03-31", False),
        (QUARTERLY, "2026-03-31", "2026-04-01", True),
        (QUARTERLY, "2026-04-30", "2026-05-01", False),
        (QUARTERLY, "2026-06-30", "2026-07-01", True),
        (QUARTERLY, "2026-08-31", "2026-09-01", False),
        (QUARTERLY, "2026-09-30", "2026-10-01", True),
        (QUARTERLY, "2026-12-31", "2027-01-01", True),
        (QUARTERLY, "2025-02-01", "2026-02-01", True),
        (MONTHLY, "2026-01-31", "2026-02-01", True),
        (MONTHLY, "2026-02-01", "2026-02-28", False),
        (MONTHLY, "2025-02-28", "2026-02-28", True),
        (WEEKLY, "2026-11-16", "2026-11-22", False),
        (WEEKLY, "2026-11-22", "2026-11-23", True),
        (WEEKLY, "2026-12-31", "2027-01-01", False),  # both in 2026-W53
        (WEEKLY, "2027-01-03", "2027-01-04", True),
        (WEEKLY, "2024-12-30", "2025-01-05", False),  # both in 2025-W01
        (WEEKLY, "2024-01-02", "2024-12-31", True),  # W01 of 2024 and of 2025
        (DAILY, "2026-11-20", "2026-11-20", False),
        (DAILY, "2026-11-20", "2026-11-21", True),
        (DAILY, "2026-10-21", "2026-11-21", True),
    ],
)
def test_a_volume_begins_at_the_calendars_boundary(
    frequency: DigestFrequency, last: str, now: str, begins: bool
) -> None:
    assert next_issue(frequency, 7, 4, day(last), day(now)) == ((8, 1) if begins else (7, 4))


@pytest.mark.parametrize("frequency", DigestFrequency)
def test_the_first_issue_of_all_begins_no_second_volume(frequency: DigestFrequency) -> None:
    assert next_issue(frequency, 1, 1, None, day("2026-11-20")) == (1, 1)


@pytest.mark.parametrize("frequency", DigestFrequency)
def test_a_volume_that_was_begun_by_hand_is_not_skipped(frequency: DigestFrequency) -> None:
    assert next_issue(frequency, 8, 1, day("2025-01-01"), day("2026-11-20")) == (8, 1)


@pytest.mark.parametrize("frequency", DigestFrequency)
def test_a_clock_that_was_put_back_begins_nothing(frequency: DigestFrequency) -> None:
    assert next_issue(frequency, 7, 4, day("2026-11-20"), day("2024-01-01")) == (7, 4)


def test_boundaries_are_those_of_utc() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=timezone(timedelta(hours=-5)))

    assert next_issue(DAILY, 1, 2, datetime(2026, 11, 21, 1, tzinfo=UTC), late) == (1, 2)
