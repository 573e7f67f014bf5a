"""Dates that archives can sort by: a clock that is years off puts a post where nobody finds it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from django.conf import settings

from suite.mail.headers import HeaderBlock

NEVER, MAYBE, ALWAYS = CHOICES = ("never", "maybe", "always")
"""What POSTHOUSE_CLOBBER_DATE may be."""


def correct(headers: HeaderBlock, received_at: datetime) -> None:
    """Put the time of receipt in the place of a Date that is too far from it, missing or unreadable, as the site wants it.

    What stood there is kept in X-Original-Date.
    """
    if settings.CLOBBER_DATE == NEVER:
        return
    written = headers.text("Date")
    if settings.CLOBBER_DATE == MAYBE and _is_near(written, received_at):
        return
    headers.remove("X-Original-Date")
    headers.replace("Date", format_datetime(received_at.astimezone(UTC)))
    if written:
        headers.append("X-Original-Date", written)


def _is_near(written: str, received_at: datetime) -> bool:
    try:
        found = parsedate_to_datetime(written[:100])
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return abs(found - received_at) <= timedelta(days=settings.CLOBBER_SKEW_DAYS)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
