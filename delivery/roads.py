"""What is done with a letter, by the address of the list it came to.

A road looks, outside any transaction, and says what is to be written. Which roles have one is `intake.SERVED_ROLES`, for
letters are parked before anybody of this floor is asked; `manage.py check` compares the two.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.conf import settings

from archives.enums import Role, State
from delivery import pipelines
from delivery.bounces import road as bounces
from delivery.bounces.ahead import look_ahead
from delivery.draft import Draft, Drop
from delivery.results import Result, Work
from delivery.robots import road as robot
from delivery.services import autoresponder
from lists.models import MailingList
from moderation import chains
from moderation.candidates import Candidate
from moderation.verdicts import Disposition, Verdict
from suite.mail.parse import Parsed

Road = Callable[[Candidate, MailingList, int, datetime], Result]
"""Letter, list, the next post's number, and now -> what is to be written. Reads the database, never writes it."""


def post(candidate: Candidate, mlist: MailingList, number: int, now: datetime) -> Result:
    """To the list's members, and into its archive."""
    return _through(mlist.posting_chain, mlist.posting_pipeline, candidate, mlist, number, now)


def owner(candidate: Candidate, mlist: MailingList, number: int, now: datetime) -> Result:
    """To the people who run the list: as it came, filed nowhere, and no number of the list's is used up."""
    return _through(mlist.owner_chain, mlist.owner_pipeline, candidate, mlist, number, now)


def _through(chain: str, pipeline: str, candidate: Candidate, mlist: MailingList, number: int, now: datetime) -> Result:
    """Judged by a chain, shaped by a pipeline. What a moderator has accepted is not judged again: it resumes at the pipeline."""
    arrival = candidate.arrival
    verdict = None if arrival.state == State.ACCEPTED else chains.run(chain, candidate, mlist)
    if verdict and verdict.disposition is not Disposition.ACCEPT:
        return Result(arrival, candidate, verdict)
    draft = Draft.of(candidate, number, verdict, now)
    pipelines.run(pipeline, draft, mlist)
    if draft.drop:
        return _dropped(draft, draft.drop, mlist)
    return Result(arrival, candidate, verdict, draft)


def _dropped(draft: Draft, drop: Drop, mlist: MailingList) -> Result:
    """A handler let nothing of it through. Refused, that is as a verdict of its own; else it rests where people find it."""
    arrival, candidate = draft.arrival, draft.candidate
    if drop.state == State.PARKED:
        return Result(arrival, candidate, work=Work(lambda: None, drop.state, drop.reason))
    found = draft.verdict or Verdict(Disposition.ACCEPT, "")
    ending = Disposition.REJECT if drop.state == State.REJECTED else Disposition.DISCARD
    verdict = replace(
        found, disposition=ending, rule=drop.handler, reasons=(drop.reason,), sender_reasons=(drop.reason,)
    )
    return Result(arrival, candidate, verdict, tells=drop.tells)


def of_run(candidates: Sequence[Candidate], mlist: MailingList, now: datetime) -> Mapping[Role, Road]:
    """The roads that a run takes: what its bounces are asked about has been looked up for all of them."""
    bounced = [candidate for candidate in candidates if candidate.arrival.role == Role.BOUNCES]
    if not bounced:
        return ROADS
    return ROADS | {Role.BOUNCES: partial(bounces.bounce, ahead=look_ahead(bounced, mlist, now))}


def travel(candidate: Candidate, mlist: MailingList, number: int, now: datetime, roads: Mapping[Role, Road]) -> Result:
    """What is done with any letter: first its address may answer by itself, then it takes its road."""
    arrival = candidate.arrival
    if arrival.state == State.RECEIVED and hops(candidate.parsed) > settings.MAX_HOPS:
        return Result(
            arrival, candidate, Verdict(Disposition.REJECT, "hops", reasons=(TOO_FAR,), sender_reasons=(TOO_FAR,))
        )
    response = autoresponder.respond(candidate, mlist, now)
    if response and response.final:
        return Result(arrival, candidate, work=Work(response.write, State.DISCARDED, "answered automatically"))
    result = roads[Role(arrival.role)](candidate, mlist, number, now)
    return replace(result, beside=response.write) if response else result


def hops(letter: Parsed) -> int:
    """How many hosts have passed the letter on: more than any road is long, and it runs in a circle (RFC 5321 §6.3)."""
    return len(letter.headers.get_all("Received"))


TOO_FAR = "The message was passed on too often: it seems to run in a circle."

ROADS: dict[Role, Road] = {
    Role.POST: post,
    Role.OWNER: owner,
    Role.REQUEST: robot.request,
    Role.CONFIRM: robot.request,
    Role.JOIN: robot.request,
    Role.LEAVE: robot.request,
    Role.BOUNCES: bounces.bounce,
}
