"""Forgetting outgoing mail that is done with."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from delivery.bounces import scoring
from delivery.enums import BounceCause, NewsState
from delivery.models import (
    Batch,
    BounceEvent,
    DeliveryPause,
    DigestEntry,
    DigestIssue,
    DigestRoster,
    NewsPost,
    Notice,
    Rendering,
)
from delivery.services.claiming import OPEN

SLICE = 500
LONGEST_OWN = 8
"""Days in which a member's own digest of each week has taken what it shows."""


def sweep_renderings() -> int:
    """Delete renderings, with batches and outcomes, whose sending ended settings.KEEP_REFUSED_DAYS ago. Notices stay as
    long, for they are what makes a mail of ours go once. Returns how many renderings went."""
    before = timezone.now() - timedelta(days=settings.KEEP_REFUSED_DAYS)
    unfinished = Batch.objects.filter(rendering=OuterRef("pk"), state__in=OPEN)
    old = Rendering.objects.filter(~Exists(unfinished), created_at__lt=before)
    total = 0
    while pks := list(old.values_list("pk", flat=True)[:SLICE]):
        Notice.objects.filter(rendering__in=pks).delete()
        Rendering.objects.filter(pk__in=pks).delete()
        total += len(pks)
    return total


def sweep_digests() -> int:
    """Forget issues settings.KEEP_REFUSED_DAYS after they reached everybody, with their entries. Returns how many went.

    Until then their entries say which mail a post's words are in, should they be taken back, and what a paused member missed.
    """
    before = timezone.now() - timedelta(days=max(settings.KEEP_REFUSED_DAYS, LONGEST_OWN))
    unfinished = Batch.objects.filter(rendering__digest_shares__issue=OuterRef("pk"), state__in=OPEN)
    missed = DeliveryPause.objects.filter(membership__mlist=OuterRef("mlist"), began_at__lte=OuterRef("closed_at"))
    old = DigestIssue.objects.filter(~Exists(unfinished), ~Exists(missed), sent_at__lt=before)
    total = 0
    while pks := list(old.values_list("pk", flat=True)[:SLICE]):
        DigestIssue.objects.filter(pk__in=pks).delete()
        total += len(pks)
    DigestRoster.objects.filter(~Exists(DigestEntry.objects.filter(roster=OuterRef("pk")))).delete()
    return total


def sweep_bounces() -> int:
    """Delete bounce events that were scored, after settings.KEEP_BOUNCE_DAYS. Returns how many went.

    Points that still stand in somebody's score stay, for they say how sure it is; so does what says since when a mailbox is full.
    """
    now = timezone.now()
    old = BounceEvent.objects.filter(at__lt=now - timedelta(days=settings.KEEP_BOUNCE_DAYS), processed_at__isnull=False)
    old = old.exclude(points__gt=0, membership__bounce_score__gt=0)
    counting = now - timedelta(days=scoring.FULL_DAYS) - F("mlist__bounce_info_stale_after")
    old = old.exclude(cause=BounceCause.FULL, membership__isnull=False, at__gte=counting)
    total = 0
    while pks := list(old.values_list("pk", flat=True)[:SLICE]):
        BounceEvent.objects.filter(pk__in=pks).delete()
        total += len(pks)
    return total


def sweep_news() -> int:
    """Forget posts to newsgroups settings.KEEP_REFUSED_DAYS after they ended, one way or the other. Returns how many went."""
    before = timezone.now() - timedelta(days=settings.KEEP_REFUSED_DAYS)
    old = NewsPost.objects.exclude(state=NewsState.WAITING).filter(ended_at__lt=before)
    total = 0
    while pks := list(old.values_list("pk", flat=True)[:SLICE]):
        NewsPost.objects.filter(pk__in=pks).delete()
        total += len(pks)
    return total
