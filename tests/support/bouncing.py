"""Bounces for tests: letters to -bounces, as mail systems send them, worked on as on a site."""

from datetime import datetime, timedelta

from django.utils import timezone

from archives.models import Arrival
from delivery.models import Rendering
from lists.models import MailingList, Membership
from suite.mail import verp, wire
from tests.mail.bounces import letters
from tests.support.posting import arrive, judge_all

NO_USER = "550 5.1.1 no such user"


def sent(mlist: MailingList, message_id: str = "post-1@example.org", *, days_ago: float = 0) -> None:
    """The list has sent a post of this id."""
    at = timezone.now() - timedelta(days=days_ago)
    Rendering.objects.create(mlist=mlist, header=b"", message_id=message_id, created_at=at)


def signed(mlist: MailingList, recipient: str = "bart@example.com", *, days_ago: int = 0) -> str:
    """The return path of the copy that was sent to somebody."""
    from django.conf import settings

    secret = settings.KEY_RING.current("verp").secret.encode()
    day = verp.day_of(timezone.now()) - days_ago
    return verp.encode(mlist.bounces_address, recipient, secret=secret, day=day)


def dsn(
    address: str = "bart@example.com",
    status: str = "5.1.1",
    diagnostic: str = NO_USER,
    action: str = "failed",
    *,
    message_id: str = "post-1@example.org",
) -> bytes:
    """A delivery report about a post of the list; each is a letter of its own."""
    returned = letters.RETURNED.replace("post-1@example.org", message_id).replace("Return-Path:", "X-Old:")
    return letters.dsn(letters.per_recipient(address, status, diagnostic, action), returned=returned)


def bounce(raw: bytes, to: str = "dev-bounces@example.org") -> Arrival:
    """A letter from the null sender to the list's bounce address, and what became of it."""
    [arrival] = arrive(wire.normalise_newlines(raw), to, sender="")
    judge_all()
    arrival.refresh_from_db()
    return arrival


def days_pass(member: Membership, days: float = 1) -> None:
    """The member's bounces are so much older now."""
    span = timedelta(days=days)
    row = Membership.objects.get(pk=member.pk)
    changed: dict[str, datetime] = {}
    for name in ("last_bounce_received", "last_warning_sent"):
        if (moment := getattr(row, name)) is not None:
            changed[name] = moment - span
    Membership.objects.filter(pk=member.pk).update(**changed)
    for event in row.mlist.bounce_events.filter(membership=member):
        event.at -= span
        event.save(update_fields=["at"])
