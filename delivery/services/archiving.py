"""Archivers outside: what they are to get is written with the post, and given to them by a worker of their own.

A row is a copy that an archiver has not taken yet. Who works on it holds it by a token, and the row goes in the transaction in
which what the archiver wants written is written. What it does not take is tried again, later and later, for ever: only a person
gives it up. One that fails several times in a row is left alone for a while; the others go on.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from archives.models import Letter, Post
from archives.services.filing import Filing
from delivery import leases, retry
from delivery.archivers import dates, table
from delivery.archivers.base import Copy, NotFiled
from delivery.clock import at_once
from delivery.draft import Tell
from delivery.handlers.message_id_hash import FIELDS
from delivery.handlers.rfc_2369 import archived_at, list_fields
from delivery.models import ArchiverCopy, ArchiverState
from delivery.services import notices
from lists.models import MailingList
from suite.common import bells, stopping
from suite.common.enums import BellKind
from suite.common.failpoints import failpoint
from suite.common.logs import about
from suite.common.patience import is_away
from suite.mail import ids
from suite.mail.headers import HeaderBlock, split_letter

log = logging.getLogger(__name__)

SLACK = 30
"""Seconds that a copy stays with a worker who says nothing, beyond those that a command has."""
IN_A_ROW = 3
"""Failures of an archiver after which it rests; and of an archiver or of a copy after which the operator hears of it."""


class Elsewhere(Exception):
    """Somebody else has the copy by now: what was about to be written must not be."""


# --- what is to be done -----------------------------------------------------------------------------------------------


def hand_over(mlist: MailingList, filings: Sequence[Filing], posts: Sequence[Post]) -> None:
    """Write a copy of each of these posts for each of the list's archivers, inside the commit that files them. 1 statement, none
    without archivers."""
    chosen = table.of_list(mlist)
    if not chosen or not filings:
        return
    letters = {post.arrival_id: post.letter_id for post in posts}
    rows = []
    for filing in filings:
        header, message_id = cut(mlist, filing)
        facts = {
            "message_id": message_id[:998],
            "received_at": filing.arrival.received_at,
            "header": header,
            "due_at": at_once(),
        }
        letter = letters[filing.arrival.pk]
        assert letter is not None
        rows += [
            ArchiverCopy(mlist=mlist, arrival=filing.arrival, letter_id=letter, archiver=name, **facts)
            for name in chosen
        ]
    ArchiverCopy.objects.bulk_create(rows)
    bells.ring_after_commit(BellKind.ARCHIVE)


def cut(mlist: MailingList, filing: Filing) -> tuple[bytes, str]:
    """The header of what archivers get, and the Message-ID: the published one with the fields by which they know list and post.

    Prefix, footer and what else is for members does not stand in it; the poster's own List-* go (RFC 2369 §2).
    """
    headers = HeaderBlock.parse(split_letter(filing.raw)[0])
    message_id = ids.message_id(headers)
    dates.correct(headers, filing.arrival.received_at)
    for field in FIELDS:
        headers.replace(field, ids.id_hash(message_id))
    headers.remove_if(lambda name, _: name.startswith("list-"))
    if mlist.include_rfc2369_headers:
        for name, value in (*list_fields(mlist, ""), *archived_at(mlist, message_id)):
            headers.append(name, value)
    return headers.to_bytes(), message_id


def is_due() -> bool:
    """Whether an archiver that works could get a copy now. No query on a site without archivers, else 3 indexed ones."""
    return bool(settings.ARCHIVERS) and _free(_awake()).exists()


def somebody_works() -> bool:
    """Whether a copy is in the hands of somebody who lives. 1 indexed query."""
    held = ArchiverCopy.objects.filter(due_at__gt=Now()).exclude(lease_token="")
    return any(not leases.dead(token) for token in held.values_list("lease_token", flat=True))


def _awake() -> list[str]:
    """The site's archivers that do not rest."""
    resting = ArchiverState.objects.filter(failures__gt=0, due_at__gt=Now()).values_list("name", flat=True)
    return [name for name in table.of_site() if name not in set(resting)]


def _free(names: Iterable[str]) -> QuerySet[ArchiverCopy]:
    """Copies for these archivers that may be worked on: due, or in the hands of a dead process of this machine."""
    held = ArchiverCopy.objects.exclude(lease_token="").values_list("lease_token", flat=True)
    orphaned = [token for token in held if leases.dead(token)]
    return ArchiverCopy.objects.filter(Q(due_at__lte=Now()) | Q(lease_token__in=orphaned), archiver__in=names)


# --- doing it ---------------------------------------------------------------------------------------------------------


def work(seconds: float = 20) -> None:
    """Give archivers what they are to get, each in its turn, until none is due or the time is up."""
    deadline = time.monotonic() + seconds
    last = ""
    while settings.ARCHIVERS and not stopping.time_is_up(deadline) and (copy := _claim(last)):
        last = copy.archiver
        try:
            _file(copy)
        except Elsewhere:
            log.info("archiver=%s copy=%d is worked on elsewhere", copy.archiver, copy.pk)
        except Exception as error:
            if is_away(error):
                raise
            if not isinstance(error, NotFiled | OSError):
                log.exception("archiver=%s copy=%d failed", copy.archiver, copy.pk)
            _failed(copy, str(error) or repr(error))
        else:
            _worked(copy)


def _claim(last: str) -> ArchiverCopy | None:
    """The copy that is due for longest, of another archiver than the `last` where one has any; None when none is due."""
    names = sorted(_awake(), key=lambda name: name == last)
    while names:
        found = _free(names[:-1] if last in names else names).order_by("due_at", "pk").first()
        found = found or _free(names).order_by("due_at", "pk").first()
        if found is None:
            return None
        token = leases.new_token()
        mine = ArchiverCopy.objects.filter(pk=found.pk, due_at=found.due_at, lease_token=found.lease_token)
        until = Now() + timedelta(seconds=settings.ARCHIVER_SECONDS + SLACK)
        if mine.update(lease_token=token, due_at=until, attempts=F("attempts") + 1):
            return ArchiverCopy.objects.select_related("mlist__domain", "arrival").get(pk=found.pk, lease_token=token)
    return None


def _file(copy: ArchiverCopy) -> None:
    """Raises Elsewhere, and whatever the archiver raises."""
    raw = bytes(Letter.objects.values_list("raw", flat=True).get(pk=copy.letter_id))
    handed = Copy(
        mlist=copy.mlist,
        arrival=copy.arrival,
        header=bytes(copy.header),
        body=split_letter(raw)[1],
        message_id=copy.message_id,
        received_at=copy.received_at,
        key=f"{int(copy.received_at.timestamp())}.{ids.id_hash(copy.message_id)}P{copy.pk}",
        tries=copy.attempts,
    )
    failpoint("archiving.claimed")
    ending = table.ARCHIVERS[copy.archiver].file(handed)
    failpoint("archiving.filed")
    with transaction.atomic():
        gone, _ = ArchiverCopy.objects.filter(pk=copy.pk, lease_token=copy.lease_token).delete()
        if not gone:
            raise Elsewhere
        if ending:
            ending()
        failpoint("archiving.in-commit")
    log.info("%s archiver=%s filed", _about(copy), copy.archiver)


def _about(copy: ArchiverCopy) -> str:
    return about(copy.message_id, copy.mlist.list_id, copy.arrival_id)


def _worked(copy: ArchiverCopy) -> None:
    if ArchiverState.objects.filter(name=copy.archiver, failures__gt=0).update(failures=0, last_error=""):
        log.info("archiver=%s works again", copy.archiver)


@transaction.atomic
def _failed(copy: ArchiverCopy, why: str) -> None:
    """The copy waits, and so does the archiver after several failures; the operator hears of it once a day."""
    why = why.replace("\0", "")[:500]
    wait = timedelta(seconds=retry.wait(retry.ARCHIVER, copy.attempts))
    mine = ArchiverCopy.objects.filter(pk=copy.pk, lease_token=copy.lease_token)
    if not mine.update(due_at=Now() + wait, lease_token="", last_error=why):
        return
    state, _ = ArchiverState.objects.select_for_update().get_or_create(
        name=copy.archiver, defaults={"due_at": at_once()}
    )
    state.failures, state.last_error = state.failures + 1, why
    if state.failures >= IN_A_ROW:
        rest = retry.wait(retry.ARCHIVER_REST, state.failures - IN_A_ROW + 1)
        state.due_at = timezone.now() + timedelta(seconds=rest)
    state.save()
    log.warning("%s archiver=%s not filed: %s", _about(copy), copy.archiver, why)
    if max(state.failures, copy.attempts) >= IN_A_ROW:
        _tell(copy, why)


def _tell(copy: ArchiverCopy, why: str) -> None:
    note = Tell(
        "archiver-fails",
        settings.SITE_OWNER,
        f"The archiver {copy.archiver} does not take posts",
        f"{why}\n\nThis was about {copy.message_id} of {copy.mlist.posting_address}. Mail goes on, and nothing is lost: what "
        "the archiver did not take waits and is tried again. `manage.py archivers waiting` shows it, `retry` there tries it at "
        "once, `drop` gives it up. You hear of this once a day.\n",
    )
    notices.tell(None, f"archiver:{copy.archiver}:{timezone.now():%Y-%m-%d}", note)


# --- by hand ----------------------------------------------------------------------------------------------------------


def try_again(copies: QuerySet[ArchiverCopy]) -> int:
    """Now, and their archivers, too, however often they failed. How many copies it concerns; what is in hand stays there."""
    past = at_once()
    with transaction.atomic():
        ArchiverState.objects.filter(name__in=copies.values("archiver")).update(due_at=past)
        concerned = copies.filter(lease_token="").update(due_at=past)
        bells.ring_after_commit(BellKind.ARCHIVE)
    return concerned


def drop(copies: QuerySet[ArchiverCopy]) -> int:
    """Give them up: these archivers never get these posts from us. How many it were."""
    return copies.delete()[0]


def withdraw(arrival_id: int) -> None:
    """The post was taken back: no archiver gets it any more."""
    ArchiverCopy.objects.filter(arrival=arrival_id).delete()
