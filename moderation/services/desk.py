"""The desk where held posts wait for a moderator. Every decision is made once: the first of two moderators makes it.

Each function is one transaction, or a part of the caller's. Nothing is sent before its commit.
"""

import contextlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Address, User
from archives.enums import State
from archives.transitions import move
from lists import notices as list_notices
from lists.enums import MemberRole, PendingKind
from lists.models import MailingList, Membership, Pending
from lists.queries import language_of
from moderation import notices
from moderation.candidates import Candidate, Sender
from moderation.errors import AlreadyDecided
from moderation.models import HeldMessage
from moderation.sentences import translated
from moderation.services import floods, probation
from moderation.verdicts import Verdict
from suite.common import bells
from suite.common.enums import BellKind
from suite.common.events import record
from suite.common.logs import NOTHING, about
from suite.mail.parse import parse

log = logging.getLogger(__name__)

EXPIRED_AT_ONCE = 500


def hold(
    mlist: MailingList, cases: Sequence[tuple[Candidate, Verdict]], *, lease: str | None = None
) -> list[HeldMessage]:
    """Park these posts for a moderator, inside the caller's transaction. The journey resumes after `accept()`.

    4 statements and one for each post. Senders whom the list does not know become nonmembers, so that a moderator can say
    what happens to their posts from now on. Raises LostLease where an arrival is no longer the lease's.
    """
    for candidate, verdict in cases:
        columns = {"verdict": verdict.as_json(), "reason": "; ".join(verdict.reasons)[:500]}
        move([candidate.arrival.pk], State.RECEIVED, State.HELD, lease=lease, **columns)
    _make_nonmembers(mlist, [candidate.senders[0] for candidate, _ in cases if _is_stranger(candidate)])
    if in_flood := sum(verdict.rule == notices.FLOOD for _, verdict in cases):
        floods.held_for_flood(mlist, in_flood)
    return HeldMessage.objects.bulk_create([_held(mlist, candidate, verdict) for candidate, verdict in cases])


def _held(mlist: MailingList, candidate: Candidate, verdict: Verdict) -> HeldMessage:
    return HeldMessage(
        arrival=candidate.arrival,
        mlist=mlist,
        sender=candidate.sender[:320],
        sender_name=candidate.senders[0].name[:255] if candidate.senders else "",
        subject=candidate.subject[:998],
        rule=verdict.rule,
        reasons=list(verdict.reasons),
    )


def _is_stranger(candidate: Candidate) -> bool:
    return bool(candidate.senders) and candidate.member is None and candidate.senders[0].nonmember is None


def _make_nonmembers(mlist: MailingList, senders: Sequence[Sender]) -> None:
    """Addresses and nonmember rows, where they are missing. Two lists may meet the same stranger at once."""
    if not senders:
        return
    rows = {
        sender.address: Address(email=sender.address, original_email=sender.written, display_name=sender.name[:255])
        for sender in senders
    }
    Address.objects.bulk_create([rows[key] for key in sorted(rows)], ignore_conflicts=True)  # one order: no deadlock
    known = Address.objects.filter(email__in=rows).order_by("email")
    Membership.objects.bulk_create(
        [Membership(mlist=mlist, address=address, role=MemberRole.NONMEMBER) for address in known],
        ignore_conflicts=True,
    )


@transaction.atomic
def accept(held: HeldMessage, by: User | None, *, comment: str = "", actor: str = "") -> None:
    """Let the post go out: it resumes at the pipeline and no rule sees it again. Raises AlreadyDecided.

    `actor` is for the audit trail, where nobody is signed in.
    """
    _decide(held, State.ACCEPTED, by, comment, actor)
    probation.count_accepted(held, actor or str(by.email if by else ""))
    bells.ring_after_commit(BellKind.JUDGE)


@transaction.atomic
def reject(held: HeldMessage, by: User | None, comment: str = "", *, actor: str = "") -> None:
    """Refuse the post and tell its sender why, in the moderator's words where there are any. Raises AlreadyDecided."""
    _decide(held, State.REJECTED, by, comment, actor)
    mlist = held.mlist
    # A null return path has nobody behind it, whatever From says (RFC 5321 §4.5.5).
    if held.arrival.sender and notices.may_tell(mlist, held.sender):
        reasons = [comment.strip()] if comment.strip() else held.arrival.verdict.get("sender_reasons", [])
        letter, language = parse(bytes(held.arrival.letter.raw)), language_of(mlist, held.sender)
        about = notices.About(held.subject, held.sender, translated(reasons, language))
        tell(
            mlist, f"arrival:{held.arrival_id}", notices.rejected(mlist, about, letter, held.arrival, language=language)
        )


@transaction.atomic
def discard(held: HeldMessage, by: User | None, *, comment: str = "", actor: str = "") -> None:
    """Drop the post without a word to anybody. Raises AlreadyDecided."""
    _decide(held, State.DISCARDED, by, comment, actor)


def expire_due(now: datetime | None = None) -> int:
    """Discard what has waited longer than its list allows (max_days_to_hold, 0 = for ever), and tell who might have decided.

    One transaction and one notice a list. Returns how many posts were discarded.
    """
    now = now or timezone.now()
    waiting = HeldMessage.objects.filter(decision="").values("mlist")
    lists = MailingList.objects.filter(max_days_to_hold__gt=0, pk__in=waiting).select_related("domain")
    return sum(_expire(mlist, now) for mlist in lists)


@transaction.atomic
def _expire(mlist: MailingList, now: datetime) -> int:
    due = HeldMessage.objects.filter(decision="", held_at__lt=now - timedelta(days=mlist.max_days_to_hold))
    expired = []
    for held in due.filter(mlist=mlist).select_related("arrival").order_by("held_at")[:EXPIRED_AT_ONCE]:
        held.mlist = mlist
        with contextlib.suppress(AlreadyDecided):
            _decide(held, State.EXPIRED, None, "")
            expired.append(held)
    if expired:
        about = f"expired:{expired[0].pk}"
        for told in notices.expired(mlist, [(held.sender, held.subject) for held in expired]):
            tell(mlist, about, told)
    return len(expired)


def tell(mlist: MailingList, about: str, told: notices.Notification) -> None:
    """Write one mail, once for what it is about, in the caller's transaction."""
    list_notices.mail(
        mlist,
        told.kind,
        about,
        told.recipient,
        told.subject,
        told.text,
        headers=dict(told.headers),
        parts=told.parts,
        to_owners=told.to_owners,
    ).send()


def _decide(held: HeldMessage, decision: State, by: User | None, comment: str, actor: str = "") -> None:
    """Write the decision where there is none yet, move the arrival, end the tokens. `held` shows it afterwards."""
    now = timezone.now()
    undecided = HeldMessage.objects.filter(pk=held.pk, decision="")
    if not undecided.update(decision=decision, decided_by=by, decided_at=now, comment=comment):
        held.refresh_from_db()
        raise AlreadyDecided(f"This post has been {held.get_decision_display().lower()} already.")
    move([held.arrival_id], State.HELD, decision, attempts=0)
    held.decision, held.decided_by, held.decided_at, held.comment = decision, by, now, comment
    Pending.objects.filter(mlist=held.mlist_id, kind=PendingKind.HELD_MESSAGE, data__held=held.pk).delete()
    who = str(by.email if by else actor)
    named = about(held.arrival.message_id, held.mlist.list_id, held.arrival_id)
    log.info("%s held=%d state=%s by=%s", named, held.pk, decision, who or NOTHING)
    record(
        f"held.{decision}",
        actor=who,
        list_id=held.mlist.list_id,
        subject=held.sender,
        arrival=held.arrival_id,
        comment=comment,
    )
