"""What a list's addresses answer by themselves, as its owner wants it: nothing, or a text, and whether the mail goes on.

Nobody is answered twice within the list's grace period, nobody more often a day than the site allows, and no machine at all
(RFC 3834 §2).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from string import Template

from django.conf import settings
from django.utils import timezone

from archives.enums import Role, State
from delivery.draft import Tell
from delivery.models import AutoResponse
from delivery.services import notices
from lists.enums import ResponseAction
from lists.models import MailingList
from lists.notices import standard
from moderation.candidates import Candidate
from moderation.notices import answering, may_tell
from suite.mail.autoreply import may_autorespond

KIND = "autoresponse"

DOORS: dict[Role, tuple[str, str]] = {
    Role.POST: ("autorespond_postings", "autoresponse_postings_text"),
    Role.OWNER: ("autorespond_owner", "autoresponse_owner_text"),
    Role.REQUEST: ("autorespond_requests", "autoresponse_request_text"),
}
"""Addresses that can answer: the settings that say whether, and what."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer's `write` belongs into the transaction that moves the arrival. Where `final`, nothing else is done with it."""

    write: Callable[[], None]
    final: bool


def respond(candidate: Candidate, mlist: MailingList, now: datetime) -> Response | None:
    """What the address that a letter came to answers; None where it does not. No query.

    A letter that no machine may answer goes on as if nothing were set. What is tried again was answered the first time.
    """
    arrival = candidate.arrival
    if Role(arrival.role) not in DOORS or arrival.state != State.RECEIVED:
        return None
    action, text = (getattr(mlist, name) for name in DOORS[Role(arrival.role)])
    if action == ResponseAction.NONE or not may_tell(mlist, candidate.sender):
        return None
    if not may_autorespond(candidate.parsed.headers, arrival.sender):
        return None
    return Response(partial(_write, candidate, mlist, text, now), action == ResponseAction.RESPOND_AND_DISCARD)


def forget(now: datetime | None = None) -> int:
    """Delete what is older than its list's grace period. Returns how many."""
    moment = now or timezone.now()
    mlists = MailingList.objects.filter(pk__in=AutoResponse.objects.values("mlist"))
    rows = AutoResponse.objects.all()
    return sum(
        rows.filter(mlist=pk, answered_at__lte=moment - grace).delete()[0]
        for pk, grace in mlists.values_list("pk", "autoresponse_grace_period")
    )


def _write(candidate: Candidate, mlist: MailingList, text: str, now: datetime) -> None:
    """Answer, unless he was answered lately. 2 statements more than the notice, 1 where he was."""
    arrival, sender = candidate.arrival, candidate.sender
    most = settings.AUTORESPONSES_PER_DAY
    if not _is_due(mlist, Role(arrival.role), sender, now) or (most and notices.sent_today(sender, (KIND,)) >= most):
        return
    values = standard(mlist) | {"requestemail": mlist.request_address, "owneremail": mlist.owner_address}
    subject = f"Auto: {candidate.subject}".strip()  # RFC 3834 §3.1.5
    words = Template(text).safe_substitute(values)
    note = Tell(KIND, sender, subject, words, headers=answering(arrival))
    notices.tell(mlist, f"arrival:{arrival.pk}", note)


def _is_due(mlist: MailingList, role: Role, address: str, now: datetime) -> bool:
    """Whether the grace period is over; then it begins anew."""
    row, new = AutoResponse.objects.get_or_create(
        mlist=mlist, role=role, address=address, defaults={"answered_at": now}
    )
    grace = mlist.autoresponse_grace_period
    if not new and grace and row.answered_at + grace > now:
        return False
    AutoResponse.objects.filter(pk=row.pk).update(answered_at=now)
    return True
