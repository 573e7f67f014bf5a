"""Writing what the journey found: one short transaction a run.

Posts, renderings, batches, notices, held messages and the arrivals' next states appear together or not at all.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from archives.enums import Role, State
from archives.models import Arrival, Post
from archives.services import filing
from archives.transitions import move
from delivery import leases
from delivery.draft import Archive, Digest, News, Send, Tell
from delivery.leases import LaneLease
from delivery.news import posting
from delivery.results import Result
from delivery.services import archiving, collecting, notices, outbox, sparing
from lists.models import MailingList
from moderation import notices as moderation_notices
from moderation.links import decide_url
from moderation.models import HeldMessage
from moderation.services import by_mail, desk
from moderation.verdicts import Disposition
from suite.common.events import announce
from suite.common.failpoints import failpoint
from suite.common.logs import about
from suite.common.patience import is_away
from suite.mail import ids

if TYPE_CHECKING:
    from delivery.services.runs import Run

log = logging.getLogger(__name__)

REFUSED = {Disposition.REJECT: State.REJECTED, Disposition.DISCARD: State.DISCARDED}
EVENTS = {
    Disposition.ACCEPT: "post.accepted",
    Disposition.HOLD: "post.held",
    Disposition.REJECT: "post.rejected",
    Disposition.DISCARD: "post.discarded",
}
"""What listeners hear of a post; with list, arrival, Message-ID, chain, rule and hits. A moderator's decision is `held.*`."""
OWNERS_MAIL = "owner.accepted"
"""What they hear instead of accepted mail to the owners, which is no post."""


def write(lease: LaneLease, run: Run, results: list[Result], slow: Collection[str] = ()) -> None:
    """Write a run's results. Raises LostLease, and writes nothing, where the lane is somebody else's by now.

    Of `slow` patterns the owners hear, of each once as long as its notice is kept.
    """
    with transaction.atomic():
        leases.renew_lane(lease)
        _distribute(run.mlist, [result for result in results if result.draft], lease)
        _hold(run.mlist, [result for result in results if _ends_in(result, Disposition.HOLD)], lease)
        for disposition in REFUSED:
            _refuse(run.mlist, [result for result in results if _ends_in(result, disposition)], lease)
        for result in results:
            _do(run.mlist, result, lease)
            if result.beside:
                result.beside()
            if result.failure:
                why, _, trace = result.failure.partition("\n")
                _shunt(result.arrival, lease, why, trace)
        for name, trouble in sorted(_silent_scanners(results).items()):
            _tell_of_scanner(name, trouble)
        for pattern in sorted(slow):
            _tell_of_slow_pattern(run.mlist, pattern)
        failpoint("journey.in-commit")


def _ends_in(result: Result, disposition: Disposition) -> bool:
    return result.verdict is not None and result.verdict.disposition is disposition


def _distribute(mlist: MailingList, results: list[Result], lease: LaneLease) -> None:
    """The posts that go out: numbered, filed, planned."""
    if not results:
        return
    filings, sends, digests, articles, tells = [], [], defaultdict(list), [], []
    sparing.spare(mlist, [result.draft for result in results if result.draft])
    for result in results:
        draft = result.draft
        assert draft is not None
        for intent in draft.intents:
            if isinstance(intent, Archive):
                filings.append(filing.Filing(draft.arrival, intent.raw, draft.candidate.parsed, draft.number))
            elif isinstance(intent, Send):
                sends.append(outbox.Plan(intent, mlist, draft.arrival, ids.message_id(draft.headers)))
            elif isinstance(intent, Digest):
                digests[intent.through or mlist].append(collecting.Collected(draft, intent))
            elif isinstance(intent, News):
                articles.append((draft, intent))
            elif isinstance(intent, Tell):
                tells.append((draft.arrival, intent))
    posts = filing.file_posts(mlist, filings)
    archiving.hand_over(mlist, filings, posts)
    failpoint("journey.filed")
    outbox.plan(sends)
    failpoint("journey.planned")
    _collect(mlist, digests, posts)
    posting.plan(mlist, articles, posts)
    failpoint("journey.collected")
    for arrival, tell in tells:
        notices.tell(mlist, f"arrival:{arrival.pk}", tell)
    for result in results:
        draft = result.draft
        assert draft is not None
        verdict = result.verdict.as_json() if result.verdict else result.arrival.verdict
        remarks = {"remarks": draft.remarks} if draft.remarks else {}
        move(
            [result.arrival.pk],
            State(result.arrival.state),
            State.DISTRIBUTED,
            lease=lease.token,
            number=draft.number if result.is_post else None,
            changes=draft.changes,
            verdict=verdict | remarks,
        )
        _report(mlist, result, Disposition.ACCEPT)
    if numbered := sum(result.is_post for result in results):
        MailingList.objects.filter(pk=mlist.pk).update(post_id=mlist.post_id + numbered, last_post_at=timezone.now())


def _collect(mlist: MailingList, digests: dict[MailingList, list[collecting.Collected]], posts: list[Post]) -> None:
    """Into the digests of the list, and of those it includes: the rows of several lists are locked in their order."""
    if digests.keys() - {mlist}:
        several = MailingList.objects.filter(pk__in={mlist.pk, *(near.pk for near in digests)}).order_by("pk")
        list(several.select_for_update(no_key=True, of=("self",)).values_list("pk"))
    for near, collected in digests.items():
        collecting.collect(near, collected, posts)


def _hold(mlist: MailingList, results: list[Result], lease: LaneLease) -> None:
    if not results:
        return
    cases = [(result.candidate, result.verdict) for result in results if result.verdict]
    for result, held in zip(results, desk.hold(mlist, cases, lease=lease.token), strict=True):
        failpoint("journey.held")
        _report(mlist, result, Disposition.HOLD)
        _notify(mlist, result, held)


def _refuse(mlist: MailingList, results: list[Result], lease: LaneLease) -> None:
    for result in results:
        verdict = result.verdict
        assert verdict is not None
        state = REFUSED[verdict.disposition]
        reason = "; ".join(verdict.reasons)[:500]
        old = State(result.arrival.state)
        move([result.arrival.pk], old, state, lease=lease.token, reason=reason, verdict=verdict.as_json())
        failpoint("journey.refused")
        notices.tell(mlist, f"arrival:{result.arrival.pk}", *result.tells)
        _report(mlist, result, verdict.disposition)
        _notify(mlist, result)


def _do(mlist: MailingList, result: Result, lease: LaneLease) -> None:
    """What a letter asked of the list itself."""
    work, arrival = result.work, result.arrival
    if work is None:
        return
    work.write()
    move([arrival.pk], State(arrival.state), work.state, lease=lease.token, reason=work.reason[:500])
    log.info(
        "%s role=%s state=%s: %s",
        about(arrival.message_id, mlist.list_id, arrival.pk),
        arrival.role,
        work.state,
        work.reason,
    )


def _report(mlist: MailingList, result: Result, disposition: Disposition) -> None:
    """One line in the log, and the event. What a moderator has accepted goes out by no chain, with the hits it was held for."""
    arrival, verdict = result.arrival, result.verdict
    rule = verdict.rule if verdict else ""
    log.info(
        "%s verdict=%s rule=%s number=%s",
        about(arrival.message_id, mlist.list_id, arrival.pk),
        disposition,
        rule,
        result.draft.number if result.draft else "",
    )
    event = OWNERS_MAIL if arrival.role == Role.OWNER and disposition is Disposition.ACCEPT else EVENTS[disposition]
    announce(
        event,
        list_id=mlist.list_id,
        subject=f"arrival:{arrival.pk}",
        message_id=arrival.message_id,
        chain=disposition.value if verdict else "",
        rule=rule,
        hits=list(verdict.hits) if verdict else arrival.verdict.get("hits", []),
    )


def _notify(mlist: MailingList, result: Result, held: HeldMessage | None = None) -> None:
    """Tell whom a verdict concerns: moderators, and the sender where he may be answered."""
    assert result.verdict is not None
    tokens = partial(by_mail.issue, held) if held else None
    link = partial(decide_url, mlist, held.pk) if held and settings.MODERATION_LINKS else None
    told = moderation_notices.who_is_told(
        result.candidate, mlist, result.verdict, sent_today=notices.sent_today, tokens=tokens, link=link
    )
    notices.tell(mlist, f"arrival:{result.arrival.pk}", *map(_as_tell, told))


def _as_tell(told: moderation_notices.Notification) -> Tell:
    return Tell(told.kind, told.recipient, told.subject, told.text, told.parts, told.headers, told.to_owners)


def _silent_scanners(results: list[Result]) -> dict[str, str]:
    """Scanners that did not answer for some letter, and why."""
    found = (scan for result in results for scan in result.candidate.scans.items())
    return {name: finding.trouble for name, finding in found if finding.trouble}


def _tell_of_scanner(name: str, trouble: str) -> None:
    """The site's owner hears of it once a day."""
    note = Tell(
        "scanner-silent",
        settings.SITE_OWNER,
        f"The scanner {name} does not answer",
        f"{name} was asked about a post and did not answer: {trouble}\n\nWhat lists do meanwhile is their setting "
        "hold_unscanned: posts are held, or judged by the other rules alone. You hear of this once a day.\n",
    )
    notices.tell(None, f"scanner:{name}:{timezone.now():%Y-%m-%d}", note)


def _tell_of_slow_pattern(mlist: MailingList, pattern: str) -> None:
    about = f"pattern:{mlist.pk}:{hashlib.sha256(pattern.encode()).hexdigest()[:32]}"
    notices.tell(mlist, about, *map(_as_tell, moderation_notices.slow_pattern(mlist, pattern)))


def shunt(arrival: Arrival, lease: LaneLease, *, why: str, trace: str) -> None:
    """Park an arrival that we failed at, and tell the operator once. Somebody retries or discards it by hand."""
    with transaction.atomic():
        leases.renew_lane(lease)
        _shunt(arrival, lease, why, trace)


def _shunt(arrival: Arrival, lease: LaneLease, why: str, trace: str) -> None:
    why, trace = _writable(why), _writable(trace)
    Arrival.objects.filter(pk=arrival.pk).update(lease_token=lease.token)
    move([arrival.pk], State(arrival.state), State.SHUNTED, lease=lease.token, reason=why[:500], traceback=trace)
    log.error("%s state=shunted: %s", about(arrival.message_id, arrival.mlist.list_id, arrival.pk), why)
    announce("arrival.shunted", list_id=arrival.mlist.list_id, subject=f"arrival:{arrival.pk}", reason=why[:500])
    note = Tell(
        "shunted",
        settings.SITE_OWNER,
        f"Message {arrival.pk} could not be processed",
        f"{why}\n\nNothing of it was sent. `manage.py show {arrival.pk}` shows it with the traceback; "
        f"`manage.py retry {arrival.pk}` tries again, `manage.py discard {arrival.pk}` gives it up.\n",
    )
    try:
        with transaction.atomic():
            notices.tell(None, f"arrival:{arrival.pk}", note)
    except Exception as error:  # what cannot even be shunted would stop all lists behind it
        if is_away(error):
            raise
        log.exception("%s nobody could be told", about(arrival.message_id, arrival.mlist.list_id, arrival.pk))


def _writable(text: str) -> str:
    """An exception may quote what no text column takes: NUL, and halves of characters."""
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
