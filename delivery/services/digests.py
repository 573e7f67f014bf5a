"""Making issues into mail: who gets what is settled once, then each share is made into a rendering, once.

What a bell "digest" rings for. An issue was closed by somebody else (services/issues.py); from then on each step is one short
transaction that only the first who commits it gets done, so that a crash at any point loses nothing and repeats nothing.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from accounts.enums import DeliveryMode
from delivery import recipients
from delivery.clock import at_once
from delivery.draft import Recipient
from delivery.models import DigestEntry, DigestIssue, DigestRoster, DigestShare
from delivery.services import composing, outbox
from lists.models import MailingList
from suite.common import stopping
from suite.common.events import record
from suite.common.failpoints import failpoint
from suite.common.patience import is_away

log = logging.getLogger(__name__)

CLAIM = timedelta(seconds=60)
"""How long an issue stays with a worker that says nothing; after failures in a row twice as long each time, an hour at most."""
LONGEST = 6
URGENCY = 2
"""Behind notices and posts: no post waits for a digest."""


class Elsewhere(Exception):
    """Somebody else has done this step meanwhile: what was about to be written must not be."""


def open_issues() -> QuerySet[DigestIssue]:
    return DigestIssue.objects.filter(sent_at__isnull=True)


def is_due() -> bool:
    """1 indexed query."""
    return open_issues().filter(due_at__lte=Now()).exists()


def somebody_works() -> bool:
    """Whether an issue is claimed, and was not given back. 1 indexed query."""
    return open_issues().filter(due_at__gt=Now(), attempts__gt=0, last_error="").exists()


def work(seconds: float = 20) -> None:
    """Make closed issues into mail, the oldest first, until none is due or the time is up."""
    deadline = time.monotonic() + seconds
    while not stopping.time_is_up(deadline) and (issue := _claim()):
        try:
            finished = _advance(issue, deadline)
        except Elsewhere:
            log.info("issue=%d is worked on elsewhere", issue.pk)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("issue=%d list=%s failed, attempt %d", issue.pk, issue.mlist.list_id, issue.attempts)
            DigestIssue.objects.filter(pk=issue.pk).update(last_error=repr(error)[:500])
        else:
            if not finished:
                open_issues().filter(pk=issue.pk).update(due_at=at_once(), attempts=0)


def _claim() -> DigestIssue | None:
    """The issue that has waited for longest, moved out of the others' sight; None when none is due. 2 queries."""
    for issue in open_issues().filter(due_at__lte=Now()).select_related("mlist__domain").order_by("due_at", "pk")[:20]:
        ahead = Now() + CLAIM * 2 ** min(issue.attempts, LONGEST)
        mine = open_issues().filter(pk=issue.pk, due_at=issue.due_at)
        if mine.update(due_at=ahead, attempts=F("attempts") + 1, last_error=""):
            return issue
    return None


def _advance(issue: DigestIssue, deadline: float) -> bool:
    """Bring the issue as far as it gets; False where the time was up before it was through."""
    if issue.planned_at is None:
        plan(issue)
        failpoint("digest.planned")
    while share := issue.shares.filter(made_at__isnull=True).order_by("position").first():
        if stopping.time_is_up(deadline):
            return False
        make(issue, share)
        failpoint("digest.made")
        open_issues().filter(pk=issue.pk).update(due_at=Now() + CLAIM, attempts=1)
    with transaction.atomic():
        if open_issues().filter(pk=issue.pk).update(sent_at=timezone.now()):
            served = sum(len(share) for share in issue.shares.values_list("recipients", flat=True))
            record("digest.sent", list_id=issue.mlist.list_id, subject=str(issue), recipients=served)
            log.info("list=%s %s sent to %d", issue.mlist.list_id, issue, served)
    return True


# --- who gets what ----------------------------------------------------------------------------------------------------


@transaction.atomic
def plan(issue: DigestIssue) -> None:
    """Settle who gets which entries in which form, once. Raises Elsewhere."""
    if not open_issues().filter(pk=issue.pk, planned_at__isnull=True).update(planned_at=timezone.now()):
        raise Elsewhere
    entries = list(issue.entries.order_by("pk").values_list("pk", "roster_id"))
    DigestShare.objects.bulk_create(
        [
            DigestShare(issue=issue, position=position, form=form, entries=owed, recipients=readers)
            for position, (owed, form, readers) in enumerate(_shares(entries))
        ]
    )


def _shares(entries: Sequence[tuple[int, int | None]]) -> Iterable[tuple[list[int], int, list[Recipient]]]:
    """(entries, or none where it is all of them; form; recipients), the greatest shares first."""
    owed, modes = _readers({roster for _, roster in entries if roster is not None})
    groups: dict[tuple[frozenset[int], int], list[Recipient]] = defaultdict(list)
    for recipient, mode in recipients.mailboxes(sorted(owed)):
        member = recipient[0]
        assert member is not None
        form = modes[member] if mode == DeliveryMode.REGULAR else mode
        groups[frozenset(owed[member]), form].append(recipient)
    for (rosters, form), readers in sorted(groups.items(), key=lambda group: -len(group[1])):
        chosen = [pk for pk, roster in entries if roster in rosters]
        yield ([] if len(chosen) == len(entries) else chosen), form, readers


def _readers(rosters: Iterable[int]) -> tuple[dict[int, list[int]], dict[int, int]]:
    """Member -> rosters he stands in, and member -> the form he took last. One roster after the other is in memory."""
    owed: dict[int, list[int]] = defaultdict(list)
    modes: dict[int, int] = {}
    for pk, members in (
        DigestRoster.objects.filter(pk__in=rosters).order_by("pk").values_list("pk", "members").iterator(1)
    ):
        for member, mode in members:
            if mode == recipients.OWN:
                continue
            owed[member].append(pk)
            modes[member] = mode
    return owed, modes


# --- mail -------------------------------------------------------------------------------------------------------------


def make(issue: DigestIssue, share: DigestShare) -> None:
    """Put one share into the outbox, once. Composing it is outside any transaction. Raises Elsewhere."""
    mlist: MailingList = issue.mlist
    chosen = DigestEntry.objects.filter(issue=issue).order_by("pk")
    if share.entries:
        chosen = chosen.filter(pk__in=share.entries)
    entries = list(chosen.only("pk", "header", "letter_id", "size", "post_id"))
    send, message_id = (
        composing.compose(mlist, issue, DeliveryMode(share.form), entries, share.recipients)
        if entries and share.recipients
        else (None, "")
    )
    failpoint("digest.composed")
    with transaction.atomic():
        rendering = None
        if send is not None:
            [rendering] = outbox.plan([outbox.Plan(send, mlist, None, message_id, urgency=URGENCY)])
        open_share = DigestShare.objects.filter(pk=share.pk, made_at__isnull=True)
        if not open_share.update(made_at=timezone.now(), rendering=rendering):
            raise Elsewhere
