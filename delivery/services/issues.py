"""Issues of digests: closing a list's collection, by size, by the clock or by hand, and counting volumes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Sum
from django.utils import timezone

from delivery.clock import at_once
from delivery.models import DigestEntry, DigestIssue
from delivery.volumes import next_issue
from lists.models import MailingList
from suite.common import bells
from suite.common.enums import BellKind
from suite.common.events import record
from suite.common.failpoints import failpoint


def collected(mlist: MailingList) -> tuple[int, int]:
    """How many posts wait for the list's next issue, and their bytes. 1 query."""
    figures = DigestEntry.objects.filter(mlist=mlist, issue=None).aggregate(count=Count("pk"), size=Sum("size"))
    return figures["count"], figures["size"] or 0


def close_if_large(mlist: MailingList) -> None:
    """Close the collection as often as it has reached the list's digest_size_threshold; what is less waits on.

    Inside the caller's transaction; 1 query where it has not.
    """
    if mlist.digest_size_threshold > 0:
        size = DigestEntry.objects.filter(mlist=mlist, issue=None).aggregate(size=Sum("size"))["size"] or 0
        if size >= mlist.digest_size_threshold * 1024:
            close(mlist, actor="size", at=mlist.digest_size_threshold * 1024)


@transaction.atomic
def close(mlist: MailingList, *, actor: str = "", at: float = 0) -> list[DigestIssue]:
    """Make issues of what has been collected and ring for who makes them; no issue where nothing was.

    More than one where it is more than settings.DIGEST_SIZE_LIMIT. What is collected from now on belongs to the next. With `at`,
    an issue ends with the post that brings it to so many bytes, and posts that bring none there are left.
    """
    locked = MailingList.objects.select_for_update(no_key=True, of=("self",)).get(pk=mlist.pk)
    waiting = DigestEntry.objects.filter(mlist=locked, issue=None).order_by("pk")
    entries = list(waiting.values_list("pk", "size"))
    parts = [part for run in (_filled(entries, at) if at else [entries]) for part in _parts(run)]
    if not parts:
        return []
    now = timezone.now()
    volume, number = next_issue(
        locked.digest_volume_frequency, locked.volume, locked.next_digest_number, locked.digest_last_sent_at, now
    )
    number = max(number, _last_number(locked, volume) + 1)
    issues = DigestIssue.objects.bulk_create(
        [
            DigestIssue(mlist=locked, volume=volume, number=number + place, closed_at=now, due_at=at_once())
            for place in range(len(parts))
        ]
    )
    for issue, (first, last, count) in zip(issues, parts, strict=True):
        waiting.filter(pk__gte=first, pk__lte=last).update(issue=issue)
        record("digest.closed", actor=actor, list_id=locked.list_id, subject=str(issue), posts=count)
    _count(locked, volume, number + len(issues), digest_last_sent_at=now)
    failpoint("digest.closed")
    bells.ring_after_commit(BellKind.DIGEST)
    return issues


@transaction.atomic
def give_up(issue: DigestIssue, *, by: str) -> bool:
    """Make no more mails of a closed issue; those that the outbox has go out. False where it was through already."""
    if not DigestIssue.objects.filter(pk=issue.pk, sent_at__isnull=True).update(sent_at=timezone.now()):
        return False
    issue.shares.filter(made_at__isnull=True).delete()
    record("digest.given-up", actor=by, list_id=issue.mlist.list_id, subject=str(issue))
    return True


def _filled(entries: list[tuple[int, int]], at: float) -> Iterator[list[tuple[int, int]]]:
    """Runs of entries (id, bytes) that each reach so many bytes with their last one."""
    start, total = 0, 0
    for place, (_, size) in enumerate(entries, 1):
        total += size
        if total >= at:
            yield entries[start:place]
            start, total = place, 0


def _parts(entries: list[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """First and last id, and count, of runs of entries (id, bytes) that stay within the limit; at least one entry each."""
    starts, total = [], 0
    for place, (_, size) in enumerate(entries):
        total += size
        if place == 0 or total > settings.DIGEST_SIZE_LIMIT:
            starts.append(place)
            total = size
    return [(entries[start][0], entries[end - 1][0], end - start) for start, end in pairwise([*starts, len(entries)])]


def _last_number(mlist: MailingList, volume: int) -> int:
    """The highest number given in a volume: not even a list whose counters were set back gives one twice."""
    return mlist.digest_issues.filter(volume=volume).aggregate(last=Max("number"))["last"] or 0


def _count(mlist: MailingList, volume: int, number: int, **others: datetime) -> None:
    MailingList.objects.filter(pk=mlist.pk).update(volume=volume, next_digest_number=number, **others)


@transaction.atomic
def bump(mlist: MailingList, *, actor: str = "") -> tuple[int, int]:
    """Begin a new volume with the next issue. Returns its volume and number."""
    locked = MailingList.objects.select_for_update(no_key=True, of=("self",)).get(pk=mlist.pk)
    volume, number = locked.volume + 1, 1
    _count(locked, volume, number)
    record("digest.bumped", actor=actor, list_id=locked.list_id, volume=volume)
    return volume, number


def close_periodic(now: datetime | None = None) -> int:
    """Once a day, after settings.DIGEST_HOUR: close what lists with digest_send_periodic had collected by that hour.

    Whatever this hour's run missed, the next one finds; repeating it does nothing. Returns how many lists had something.
    """
    overdue = DigestEntry.objects.filter(
        issue=None, collected_at__lt=_last_call(now or timezone.now()), mlist__digest_send_periodic=True
    )
    mlists = MailingList.objects.filter(pk__in=overdue.values("mlist")).order_by("pk")
    return sum(bool(close(mlist, actor="schedule")) for mlist in mlists)


def _last_call(now: datetime) -> datetime:
    """The latest moment at which it was settings.DIGEST_HOUR."""
    today = now.astimezone(UTC).replace(hour=settings.DIGEST_HOUR % 24, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a list's digests are: the next issue by the calendar, what waits for it, and what is not yet in the outbox."""

    list_id: str
    volume: int
    number: int
    posts: int
    size: int
    last: datetime | None
    open: int


def standing(mlist: MailingList) -> Standing:
    """2 queries."""
    volume, number = next_issue(
        mlist.digest_volume_frequency, mlist.volume, mlist.next_digest_number, mlist.digest_last_sent_at, timezone.now()
    )
    posts, size = collected(mlist)
    unsent = mlist.digest_issues.filter(sent_at=None).count()
    return Standing(mlist.list_id, volume, number, posts, size, mlist.digest_last_sent_at, unsent)
