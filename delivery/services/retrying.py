"""Trying again those who were put off: when their time has come, as the routes and the pace of their domain are now."""

from datetime import timedelta

from django.utils import timezone

from delivery import retry
from delivery.enums import OutcomeState
from delivery.models import Outcome
from delivery.overrate import of_the_mailbox
from delivery.services import handover, pacing, recording, routing
from delivery.services.claiming import Claim
from delivery.services.line import Line, Lines
from delivery.services.pacing import Book
from delivery.services.parcel import Parcel, domain_of
from delivery.services.relays import Way
from delivery.services.routing import Routes
from delivery.smtp import ConnectionLost, ProtocolError, Reply, SmtpError
from suite.common import stopping


def send_deferred(claim: Claim, parcel: Parcel, lines: Lines) -> None:
    """Recipients whose next try is due, each alone of his post, nobody else a second time."""
    soon = timezone.now() + timedelta(seconds=1)
    due = list(claim.batch.outcomes.filter(state=OutcomeState.DEFERRED, due_at__lte=soon).order_by("index"))
    for ways, group in _by_ways(claim, lines.routes, _permitted(claim, lines.book, due)).items():
        line = lines.to(ways)
        if line is None:
            recording.wait(group, seconds=retry.RELAY[-1])
            continue
        for start in range(0, len(group), parcel.width):
            if stopping.asked():
                return
            handover.make_sure(claim)
            _retry(claim, parcel, line, lines.book, group[start : start + parcel.width])


def _by_ways(claim: Claim, routes: Routes, due: list[Outcome]) -> dict[tuple[Way, ...], list[Outcome]]:
    """Who was put off goes as the routes are now, whoever put him off."""
    sender = routing.of_list(claim.mlist)
    apart = routes.apart(*sender)
    groups: dict[tuple[Way, ...], list[Outcome]] = {}
    for outcome in due:
        name = domain_of(claim.batch.recipients[outcome.index]) if apart else ""
        groups.setdefault(routes.ways(*sender, name), []).append(outcome)
    return groups


def _permitted(claim: Claim, book: Book, due: list[Outcome]) -> list[Outcome]:
    """Those whose domain takes them now; the others wait, and no attempt counts."""
    limited = book.limited()
    if not limited:
        return due
    groups: dict[str, list[Outcome]] = {}
    for outcome in due:
        groups.setdefault(domain_of(claim.batch.recipients[outcome.index]), []).append(outcome)
    allowed: list[Outcome] = []
    for domain, group in groups.items():
        permit = pacing.reserve(domain, len(group), claim.token) if domain in limited else pacing.Permit(len(group))
        allowed += group[: permit.allowed]
        if rest := group[permit.allowed :]:
            recording.wait(rest, seconds=permit.seconds or pacing.MINUTE.total_seconds())
    return sorted(allowed, key=lambda outcome: outcome.index)


def _retry(claim: Claim, parcel: Parcel, line: Line, book: Book, outcomes: list[Outcome]) -> None:
    batch = claim.batch
    people = {outcome.index: tuple(batch.recipients[outcome.index]) for outcome in outcomes}
    gone = handover.who_left(batch, list(people.values()))
    recording.forget([outcome for outcome in outcomes if people[outcome.index] in gone])
    wanted = [outcome for outcome in outcomes if people[outcome.index] not in gone]
    asked = [people[outcome.index] for outcome in wanted]
    answers, error = handover.deliver(claim, parcel, asked, line)
    slowed = pacing.asked_to_slow(batch.kind, asked, answers, error)
    replies: dict[int, Reply] = dict(enumerate(answers))
    if isinstance(error, ConnectionLost | ProtocolError):
        fate = error.replies if slowed.ended else {at: lost(error) for at in range(len(wanted) - len(answers))}
        replies |= {len(answers) + at: reply for at, reply in (fate | error.replies).items()}
    waiting = {at for at, who in enumerate(asked) if who in slowed.replies and not of_the_mailbox(slowed.replies[who])}
    replies |= {at: slowed.replies[who] for at, who in enumerate(asked) if who in slowed.replies}
    told = sorted(replies.keys() - waiting)
    recording.later_answers(claim, [wanted[at] for at in told], [replies[at] for at in told])
    recording.wait([wanted[at] for at in waiting], seconds=retry.PACE[0])
    pacing.note(book, claim, slowed.replies, asked, answers)
    if slowed.ended:
        line.drop()
    elif error is not None:
        raise error


def lost(error: Exception) -> Reply:
    if isinstance(error, SmtpError):
        return Reply(421, "4.4.2", str(error)[:200])
    return Reply(451, "4.3.0", f"our own trouble: {error!r}"[:200])
