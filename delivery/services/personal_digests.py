"""Digests that members get at their own hour: chosen, muted, ended, and sent when the hour has come.

Whether a post is owed to a member by his list's issues or by his own digest stands in the post's roster (`recipients.OWN`), so
that a choice that begins or ends between two posts costs him none and gives him none twice.
"""

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.db.models.functions import Now
from django.utils import timezone

from archives.models import Post
from delivery import recipients
from delivery.clock import at_once
from delivery.errors import InvalidChoice
from delivery.hours import next_time
from delivery.models import Batch, DigestChoice, DigestEntry, DigestRoster, MutedThread
from delivery.services import outbox, personal_composing
from delivery.services.claiming import OPEN
from lists.models import Membership
from suite.common import bells, stopping
from suite.common.enums import BellKind
from suite.common.events import record
from suite.common.failpoints import failpoint
from suite.common.patience import is_away

log = logging.getLogger(__name__)

URGENCY = 2
LATER = timedelta(hours=1)
"""When what failed is tried again, and when an ended choice is looked at again."""
LINGERS = timedelta(days=1)
"""How long that is done: a post that was judged before the choice ended may be published after."""


@transaction.atomic
def choose(
    membership: Membership, *, time_zone: str, hour: int, weekday: int | None = None, actor: str = ""
) -> DigestChoice:
    """Give a member, while he takes digests, one of his own at this hour, each day or on a weekday (0 = Monday).

    What was collected for him before comes with the list's issues. Raises InvalidChoice.
    """
    if not 0 <= hour <= 23 or (weekday is not None and not 0 <= weekday <= 6):
        raise InvalidChoice("An hour is 0 to 23, a weekday 0 (Monday) to 6.")
    try:
        next_at = next_time(timezone.now(), time_zone, hour, weekday)
    except ValueError as error:
        raise InvalidChoice(str(error)) from error
    wanted = {"ended_at": None, "time_zone": time_zone, "hour": hour, "weekday": weekday, "next_at": next_at}
    choice, _ = DigestChoice.objects.update_or_create(
        defaults=wanted, create_defaults=wanted | {"seen": _newest(membership)}, membership=membership
    )
    _record("digest.chosen", membership, actor, time_zone=time_zone, hour=hour, weekday=weekday)
    return choice


@transaction.atomic
def end(membership: Membership, *, actor: str = "") -> bool:
    """Back to the list's issues. What is owed to him already is sent at once. Returns whether there was a choice."""
    choice = DigestChoice.objects.filter(membership=membership, ended_at=None)
    if not choice.update(ended_at=timezone.now(), next_at=at_once()):
        return False
    _record("digest.unchosen", membership, actor)
    bells.ring_after_commit(BellKind.DIGEST)
    return True


@transaction.atomic
def mute(membership: Membership, post: Post, *, actor: str = "") -> None:
    """Leave the conversation of this post out of the member's own digests."""
    if post.thread_id not in _muted(membership):
        MutedThread.objects.create(membership=membership, post=post)
        _record("thread.muted", membership, actor, thread=post.thread_id)


@transaction.atomic
def unmute(membership: Membership, post: Post, *, actor: str = "") -> None:
    if MutedThread.objects.filter(membership=membership, post__thread=post.thread_id).delete()[0]:
        _record("thread.unmuted", membership, actor, thread=post.thread_id)


def _muted(membership: Membership) -> set[int]:
    """The threads that a member muted. 1 query."""
    return set(MutedThread.objects.filter(membership=membership).values_list("post__thread", flat=True))


def _newest(membership: Membership) -> int:
    return DigestEntry.objects.filter(mlist=membership.mlist_id).aggregate(last=Max("pk"))["last"] or 0


def _record(kind: str, membership: Membership, actor: str, **data: object) -> None:
    record(kind, actor=actor, list_id=membership.mlist.list_id, subject=f"member:{membership.member_id}", **data)


# --- sending ----------------------------------------------------------------------------------------------------------


def is_due() -> bool:
    """1 indexed query."""
    return DigestChoice.objects.filter(next_at__lte=Now()).exists()


def work(seconds: float = 20) -> None:
    """Send the own digests of all whose hour has come, until the time is up."""
    deadline = time.monotonic() + seconds
    while not stopping.time_is_up(deadline) and (choice := _next()):
        try:
            send(choice)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("member=%d own digest failed", choice.membership_id)
            DigestChoice.objects.filter(pk=choice.pk).update(next_at=timezone.now() + LATER)


def _next() -> DigestChoice | None:
    due = DigestChoice.objects.filter(next_at__lte=Now()).order_by("next_at", "pk")
    return due.select_related("membership__mlist__domain").first()


def send(choice: DigestChoice) -> None:
    """What has gathered for a member since his last digest, once; nothing where nothing has. Composing is outside any
    transaction, and where somebody else was quicker nothing is written."""
    membership, mlist = choice.membership, choice.membership.mlist
    entries, last, more = _owed(choice)
    reader = next(iter(recipients.mailboxes([membership.pk])), None)
    plan = None
    if entries and reader is not None:
        send, message_id = personal_composing.compose(mlist, reader[0], entries, choice.time_zone)
        plan = outbox.Plan(send, mlist, None, message_id, urgency=URGENCY)
    failpoint("digest.own-composed")
    with transaction.atomic():
        mine = DigestChoice.objects.filter(pk=choice.pk, seen=choice.seen, next_at=choice.next_at)
        if plan is None and not more and choice.ended_at and choice.ended_at < timezone.now() - LINGERS:
            mine.delete()
            return
        if not mine.update(next_at=at_once() if more else _again(choice), seen=last):
            return
        if plan is not None:
            [rendering] = outbox.plan([plan])
            DigestChoice.objects.filter(pk=choice.pk).update(rendering=rendering, seen_before=choice.seen)
    if plan is not None:
        log.info("list=%s member=%d own digest of %d posts", mlist.list_id, membership.pk, len(entries))


def _again(choice: DigestChoice) -> datetime:
    if choice.ended_at:
        return timezone.now() + LATER
    return next_time(timezone.now(), choice.time_zone, choice.hour, choice.weekday)


def _owed(choice: DigestChoice) -> tuple[list[DigestEntry], int, bool]:
    """The entries for his own digest since the last one, settings.DIGEST_SIZE_LIMIT bytes at most; up to where that is; whether
    there is more."""
    fresh = DigestEntry.objects.filter(mlist=choice.membership.mlist_id, pk__gt=choice.seen)
    rosters = DigestRoster.objects.filter(Exists(fresh.filter(roster=OuterRef("pk"))))
    mine = [
        pk
        for pk, members in rosters.values_list("pk", "members").iterator(1)
        if [choice.membership_id, recipients.OWN] in members
    ]
    rows = fresh.filter(roster__in=mine).order_by("pk").select_related("post").defer("post__text")
    muted = _muted(choice.membership)
    part, last, more = first_part(rows, choice.seen)
    return [entry for entry in part if entry.post is None or entry.post.thread_id not in muted], last, more


def first_part(rows: Iterable[DigestEntry], seen: int) -> tuple[list[DigestEntry], int, bool]:
    """As many entries as fit into one mail, one at least; the last one's id, or `seen`; whether there are more."""
    total, part = 0, list[DigestEntry]()
    for entry in rows:
        total += entry.size
        if part and total > settings.DIGEST_SIZE_LIMIT:
            return part, part[-1].pk, True
        part.append(entry)
    return part, part[-1].pk if part else seen, False


def withdraw(entry: DigestEntry) -> None:
    """A post's words were taken back: own digests on their way are stopped, and made again without it. In a transaction."""
    sending = Batch.objects.filter(rendering=OuterRef("rendering"), state__in=OPEN)
    touched = DigestChoice.objects.filter(
        Exists(sending), membership__mlist=entry.mlist_id, seen_before__lt=entry.pk, seen__gte=entry.pk
    )
    for choice in touched.select_related("rendering"):
        if choice.rendering is not None:
            choice.rendering.delete()
        DigestChoice.objects.filter(pk=choice.pk).update(seen=choice.seen_before, next_at=at_once())
        bells.ring_after_commit(BellKind.DIGEST)
