"""What the bounces of a run are asked about, looked up for all of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from delivery.bounces import events, proofs
from lists.models import MailingList, Membership
from moderation.candidates import Candidate
from suite.mail.bounces.reading import read
from suite.mail.bounces.report import Report


@dataclass(frozen=True)
class Ahead:
    """`reports` by arrival; `members` by the addresses that these name, as far as they have joined with them; `posts` are the
    Message-IDs of mail of ours."""

    reports: Mapping[int, Report] = field(default_factory=dict)
    members: Mapping[str, Membership] = field(default_factory=dict)
    posts: frozenset[str] = frozenset()


def look_ahead(candidates: Sequence[Candidate], mlist: MailingList, now: datetime) -> Ahead:
    """Two queries, however many they are; none for a list that looks at no bounces."""
    if not mlist.process_bounces:
        return Ahead()
    reports = {one.arrival.pk: read(one.raw, null_sender=not one.arrival.sender) for one in candidates}
    named = {name for report in reports.values() for name in events.names(report.failures)}
    named |= {name for one in candidates for name in proofs.recipients(one, reports[one.arrival.pk])}
    posts = proofs.of_posts({report.returned.message_id for report in reports.values()}, mlist, now)
    return Ahead(reports, events.by_address(mlist, named), posts)
