"""A Date that is far off becomes the time of receipt for archivers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import override_settings

from delivery.archivers.dates import correct
from suite.mail.headers import HeaderBlock

RECEIVED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NOON = "Fri, 20 Nov 2026 12:00:00 +0000"

pytestmark = pytest.mark.feature("core.archiver.clobber-date")


def corrected(*dates: str, **settings: Any) -> list[tuple[str, str]]:
    headers = HeaderBlock.parse("".join(f"Date: {date}\r\n" for date in dates).encode() + b"Subject: x\r\n")
    with override_settings(**settings):
        correct(headers, RECEIVED)
    return [(name, value.decode()) for name, value in headers.fields()]


@pytest.mark.parametrize(
    "date",
    [
        "Thu, 01 Jan 1970 00:00:00 +0000",
        "Sat, 20 Nov 2027 12:00:00 +0000",
        "Thu, 19 Nov 2026 11:59:59 +0000",
        "Sat, 21 Nov 2026 13:00:01 +0100",
        "yesterday",
        "Fri, 99 Nov 2026 12:00:00 +0000",
    ],
)
def test_a_date_that_is_far_off_is_replaced_and_kept(date: str) -> None:
    assert corrected(date) == [("Date", NOON), ("Subject", "x"), ("X-Original-Date", date)]


@pytest.mark.parametrize(
    "date", [NOON, "Thu, 19 Nov 2026 12:00:01 +0000", "Sat, 21 Nov 2026 11:59:59 -0000", "20 Nov 2026 09:00 EST"]
)
def test_a_date_that_is_near_stays(date: str) -> None:
    assert corrected(date) == [("Date", date), ("Subject", "x")]


def test_a_missing_date_is_put_in() -> None:
    assert corrected() == [("Subject", "x"), ("Date", NOON)]


def test_the_skew_is_a_setting() -> None:
    date = "Wed, 18 Nov 2026 12:00:01 +0000"

    assert corrected(date, CLOBBER_SKEW_DAYS=2) == [("Date", date), ("Subject", "x")]
    assert corrected(date, CLOBBER_SKEW_DAYS=1.9)[0] == ("Date", NOON)


def test_never_leaves_even_nonsense() -> None:
    assert corrected("Thu, 01 Jan 1970 00:00:00 +0000", CLOBBER_DATE="never")[0][1].startswith("Thu, 01 Jan 1970")


def test_always_replaces_even_a_good_one() -> None:
    assert corrected("Fri, 20 Nov 2026 11:00:00 +0000", CLOBBER_DATE="always") == [
        ("Date", NOON),
        ("Subject", "x"),
        ("X-Original-Date", "Fri, 20 Nov 2026 11:00:00 +0000"),
    ]


def test_the_posters_own_word_for_it_goes() -> None:
    headers = HeaderBlock.parse(b"X-Original-Date: now\r\nDate: never\r\n")
    correct(headers, RECEIVED)

    assert headers.texts("X-Original-Date") == ["never"]
