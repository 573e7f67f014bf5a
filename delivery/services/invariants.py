"""What must hold of arrivals and outgoing mail at any time, whatever died: the proof behind `manage.py check_queue`."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

from archives.enums import FINAL, State
from archives.models import Arrival, Post, Thread
from delivery.archivers import table
from delivery.enums import BatchState, OutcomeState
from delivery.leases import LANE_SECONDS
from delivery.models import ArchiverCopy, Batch, DigestIssue, DigestShare, Lane, NewsPost, Outcome, Rendering
from delivery.services.claiming import LEASE_SECONDS, OPEN
from lists.enums import Role
from lists.models import MailingList
from moderation.models import HeldMessage

IN_FLIGHT = (State.RECEIVED, State.ACCEPTED)
RESTING = (State.HELD, State.PARKED, State.SHUNTED)


def books() -> dict[str, int]:
    """Arrivals: accepted at the door = done + held + refused + parked + shunted + in flight."""
    counts = dict(Arrival.objects.order_by().values_list("state").annotate(Count("pk")))
    return {
        "accepted": sum(counts.values()),
        "done": counts.get(State.DISTRIBUTED, 0),
        "refused": sum(counts.get(state, 0) for state in FINAL if state != State.DISTRIBUTED),
        "held": counts.get(State.HELD, 0),
        "parked": counts.get(State.PARKED, 0),
        "shunted": counts.get(State.SHUNTED, 0),
        "in flight": sum(counts.get(state, 0) for state in IN_FLIGHT),
    }


def books_balance() -> Iterator[str]:
    found = books()
    if found["accepted"] != sum(found.values()) - found["accepted"]:
        yield f"the books do not balance: {found}"


def posts_are_numbered_once() -> Iterator[str]:
    sent = Arrival.objects.filter(state=State.DISTRIBUTED, role=Role.POST)
    for pk in sent.filter(number__isnull=True).values_list("pk", flat=True):
        yield f"arrival {pk} was distributed without a number"
    twice = (
        sent.values("mlist__list_id", "number").annotate(times=Count("pk")).filter(times__gt=1, number__isnull=False)
    )
    for row in twice.order_by():
        yield f"list {row['mlist__list_id']} has the number {row['number']} {row['times']} times"
    for mlist in MailingList.objects.filter(Exists(sent.filter(mlist=OuterRef("pk"), number__gte=OuterRef("post_id")))):
        yield f"list {mlist.list_id} is about to give the number {mlist.post_id} again"


def archives_are_whole() -> Iterator[str]:
    seen = Post.objects.filter(ghost=False)
    for pk in seen.filter(letter=None, redacted_at=None).values_list("pk", flat=True):
        yield f"post {pk} has lost its letter"
    count = seen.filter(thread=OuterRef("pk")).order_by().values("thread").values(count=Count("pk"))
    threads = Thread.objects.annotate(found=Coalesce(Subquery(count), 0)).exclude(post_count=F("found"))
    for pk, counted, found in threads.values_list("pk", "post_count", "found"):
        yield f"thread {pk} counts {counted} posts and has {found}"


def nothing_unjudged_went_out() -> Iterator[str]:
    outside = Arrival.objects.exclude(state=State.DISTRIBUTED)
    for pk in outside.filter(Exists(Post.objects.filter(arrival=OuterRef("pk")))).values_list("pk", flat=True):
        yield f"arrival {pk} is in the archive, yet not distributed"
    for pk in outside.filter(Exists(Rendering.objects.filter(arrival=OuterRef("pk")))).values_list("pk", flat=True):
        yield f"arrival {pk} has outgoing mail, yet is not distributed"
    for pk in outside.filter(Exists(NewsPost.objects.filter(arrival=OuterRef("pk")))).values_list("pk", flat=True):
        yield f"arrival {pk} goes to a newsgroup, yet is not distributed"


def held_messages_wait_at_the_desk() -> Iterator[str]:
    waiting = HeldMessage.objects.filter(arrival=OuterRef("pk"), decision="")
    for pk in Arrival.objects.filter(~Exists(waiting), state=State.HELD).values_list("pk", flat=True):
        yield f"arrival {pk} is held, yet nobody can decide on it"
    for pk in (
        HeldMessage.objects.filter(decision="").exclude(arrival__state=State.HELD).values_list("arrival", flat=True)
    ):
        yield f"arrival {pk} waits at the desk, yet is not held"


def batches_add_up() -> Iterator[str]:
    deferred = Outcome.objects.filter(batch=OuterRef("pk"), state=OutcomeState.DEFERRED)
    for batch in Batch.objects.filter(state__in=(BatchState.SENT, BatchState.EXPIRED)).filter(
        ~Q(done=F("size")) | Exists(deferred)
    ):
        yield f"batch {batch.pk} is {batch.state} with {batch.done} of {batch.size} recipients done, or some deferred"
    for batch in Batch.objects.filter(~Exists(deferred), state=BatchState.PENDING, done=F("size")):
        yield f"batch {batch.pk} waits for nobody"
    for batch in Batch.objects.filter(state__in=OPEN).only("pk", "size", "done", "recipients").iterator(100):
        if len(batch.recipients) != batch.size or batch.done > batch.size:
            yield f"batch {batch.pk} has {len(batch.recipients)} recipients, {batch.size} counted, {batch.done} done"
    for outcome in Outcome.objects.filter(index__gte=F("batch__size")):
        yield f"outcome {outcome.pk} is of no recipient of batch {outcome.batch_id}"


def renderings_have_a_body() -> Iterator[str]:
    for pk in Rendering.objects.filter(body__isnull=True, letter__isnull=True).values_list("pk", flat=True):
        yield f"rendering {pk} has neither a body nor a letter"


def leases_end() -> Iterator[str]:
    for lane in Lane.objects.filter(until__gt=Now() + timedelta(seconds=2 * LANE_SECONDS)):
        yield f"the lane of list {lane.pk} is taken until {lane.until}"
    for batch in Batch.objects.filter(lease_until__gt=Now() + timedelta(seconds=2 * LEASE_SECONDS)):
        yield f"batch {batch.pk} is taken until {batch.lease_until}"


def somebody_takes_copies() -> Iterator[str]:
    left = ArchiverCopy.objects.exclude(archiver__in=table.of_site()).order_by("archiver")
    for name, count in left.values_list("archiver").annotate(Count("pk")):
        yield f"{count} posts wait for the archiver {name}, which the site does not have"


def digests_are_whole() -> Iterator[str]:
    unmade = DigestShare.objects.filter(issue=OuterRef("pk"), made_at__isnull=True)
    for pk in DigestIssue.objects.filter(Exists(unmade), sent_at__isnull=False).values_list("pk", flat=True):
        yield f"digest issue {pk} counts as sent, yet some of its mails were never made"
    for mlist in MailingList.objects.filter(
        Exists(
            DigestIssue.objects.filter(
                mlist=OuterRef("pk"), volume=OuterRef("volume"), number__gte=OuterRef("next_digest_number")
            )
        )
    ):
        yield f"list {mlist.list_id} is about to give the digest number {mlist.next_digest_number} again"


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    books_balance,
    posts_are_numbered_once,
    archives_are_whole,
    nothing_unjudged_went_out,
    held_messages_wait_at_the_desk,
    batches_add_up,
    renderings_have_a_body,
    digests_are_whole,
    somebody_takes_copies,
    leases_end,
)


def complaints() -> list[str]:
    """A sentence for each thing that is wrong; none where all is well."""
    return [complaint for check in CHECKS for complaint in check()]
