"""What is done with a letter to -bounces. It is read outside any transaction; what follows is written in one, once."""

from collections.abc import Sequence
from datetime import datetime

from archives.enums import State
from delivery.bounces import complaints, events, proofs, scoring, telling
from delivery.bounces.ahead import Ahead, look_ahead
from delivery.bounces.events import Bounced
from delivery.bounces.proofs import Proof
from delivery.enums import BounceSource
from delivery.results import Result, Work
from lists.errors import UnknownToken
from lists.models import MailingList
from lists.queries import standings
from lists.services import pending
from moderation.candidates import Candidate
from suite.common.failpoints import failpoint
from suite.mail.bounces.report import Cause, Failure, Kind, Report


def bounce(candidate: Candidate, mlist: MailingList, number: int, now: datetime, ahead: Ahead | None = None) -> Result:
    """One letter to -bounces, whoever wrote it; nobody is answered. `ahead` is what was looked up for the whole run."""
    ahead = ahead or look_ahead([candidate], mlist, now)
    return Result(candidate.arrival, candidate, work=_work(candidate, mlist, ahead, now))


def _work(candidate: Candidate, mlist: MailingList, ahead: Ahead, now: datetime) -> Work:
    if not mlist.process_bounces:
        return _left("the list looks at no bounces")
    report = ahead.reports[candidate.arrival.pk]
    if report.kind is Kind.AUTOREPLY:
        return _left("an automatic answer")
    proof = proofs.find(candidate, mlist, report, now, ahead.posts)
    if report.kind is Kind.COMPLAINT:
        return _complaint(candidate, mlist, report, proof, now)
    if report.kind is Kind.NONE:
        return _unrecognized(candidate, mlist, now)
    if proof.probe is not None:
        return _probe(candidate, mlist, report, proof, now)
    if not proof.ours:
        return _left("nothing in it shows that it answers mail of this list")
    return _scored(candidate, mlist, report, proof, ahead, now)


def _left(reason: str) -> Work:
    return Work(lambda: None, State.DISCARDED, reason)


def _unrecognized(candidate: Candidate, mlist: MailingList, now: datetime) -> Work:
    def write() -> None:
        telling.unrecognized(mlist, f"arrival:{candidate.arrival.pk}", candidate.raw, now)

    return Work(write, State.DISTRIBUTED, "a bounce that names nobody")


def _complaint(candidate: Candidate, mlist: MailingList, report: Report, proof: Proof, now: datetime) -> Work:
    complaint = report.complaint
    if complaint is None or not complaints.is_settled(complaint, proof):
        return _unrecognized(candidate, mlist, now)
    member = complaints.whose(complaint, proof, mlist)
    if member is None:
        return _left("a complaint of somebody who is no member")
    return Work(lambda: complaints.act(mlist, member), State.DISTRIBUTED, "a complaint: taken off the list")


def _probe(candidate: Candidate, mlist: MailingList, report: Report, proof: Proof, now: datetime) -> Work:
    """The token names the member, whatever the letter says; it is good once."""
    if not report.permanent:
        return _left("a probe is under way still")

    def write() -> None:
        try:
            probe = pending.take(candidate.arrival.detail, mlist=mlist)
        except UnknownToken:
            return
        found = mlist.memberships.filter(member_id=probe.data["member"]).first()
        failure = _of(probe.email, report)
        written = events.record(
            mlist, [Bounced(failure, found)], source=BounceSource.PROBE, message_id="", proven=True, now=now
        )
        scoring.process(written, now, candidate.raw)

    return Work(write, State.DISTRIBUTED, f"a probe came back from {proof.recipient}")


def _scored(
    candidate: Candidate, mlist: MailingList, report: Report, proof: Proof, ahead: Ahead, now: datetime
) -> Work:
    if not report.failures:
        return _delivered(mlist, report, proof)
    failures = [_of(proof.recipient, report)] if proof.recipient else report.failures
    bounced = events.whose(mlist, failures, ahead.members)
    members = [one for one in bounced if one.membership is not None]
    reason = _told(members) if members else "it names nobody who is a member"

    def write() -> None:
        written = events.record(
            mlist,
            members,
            source=BounceSource.DSN,
            message_id=report.returned.message_id,
            proven=proof.signed,
            now=now,
        )
        failpoint("bounce.recorded")
        scoring.process(written, now, candidate.raw)

    return Work(write if members else lambda: None, State.DISTRIBUTED if members else State.DISCARDED, reason)


def _delivered(mlist: MailingList, report: Report, proof: Proof) -> Work:
    """Good news counts where we have signed who got it."""
    standing = next(iter(standings(mlist, [proof.recipient]).values())) if proof.signed else None
    member = standing.member if standing else None
    if member is None:
        return _left("a report of delivery")
    return Work(lambda: scoring.delivered(member, reason="a report of delivery"), State.DISTRIBUTED, "delivered")


def _of(recipient: str, report: Report) -> Failure:
    """What the report says, as the failure of him whose copy came back: it may know him by another name."""
    failures: Sequence[Failure] = [one for one in report.failures if one.permanent] or report.failures
    first = failures[0] if failures else Failure(recipient, cause=Cause.OTHER)
    same = next(
        (one for one in report.failures if recipient.lower() in map(str.lower, (one.address, *one.also))), first
    )
    return Failure(
        address=recipient,
        permanent=same.permanent,
        cause=same.cause,
        status=same.status,
        code=same.code,
        diagnostic=same.diagnostic,
    )


def _told(members: Sequence[Bounced]) -> str:
    return "; ".join(f"{one.failure.address}: {one.failure.cause}" for one in members)
