"""Whether a letter to -bounces answers mail of ours, and whose copy came back. Anybody can write to -bounces.

A signed return path is proof, and names the member. The Message-ID of a post in what came back shows less, for archives show
it too: such a bounce counts, but before a member's mail is stopped on the strength of such, he is asked (`scoring`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from delivery.models import Batch, Rendering
from lists.enums import PendingKind
from lists.errors import UnknownToken
from lists.links import read_unsubscribe_token
from lists.models import MailingList, Pending
from lists.services import pending
from moderation.candidates import Candidate
from suite.mail import addresses, verp
from suite.mail.bounces.report import Report

_NAMED_IN = ("To", "Delivered-To", "Envelope-To", "Apparently-To", "X-Original-To")
_FIELDS = 20
_LEAVING = "/unsubscribe/"


@dataclass(frozen=True, slots=True)
class Proof:
    """`recipient` is whose copy came back, where the return path says so; `signed` that the path is of our making.

    `probe` is the question that came back, `membership_id` the member of a one-click address in the returned header. Without
    any of `ours` the letter proves nothing.
    """

    recipient: str = ""
    signed: bool = False
    probe: Pending | None = None
    of_a_post: bool = False
    membership_id: int | None = None

    @property
    def ours(self) -> bool:
        return self.signed or self.of_a_post or self.probe is not None


def find(candidate: Candidate, mlist: MailingList, report: Report, now: datetime, posts: Collection[str]) -> Proof:
    """`posts` is what `of_posts()` says of what came back. At most two queries; of a signed return path none."""
    if probe := _probe(candidate.arrival.detail, mlist):
        return Proof(recipient=probe.email, signed=True, probe=probe)
    named = [found for found in _decoded(candidate, report) if _is_of(found, mlist)]
    for bounced in named:
        if is_genuine(bounced, mlist, now):
            return Proof(recipient=bounced.recipient, signed=True)
    member = _leaving_member(report, mlist)
    return Proof(
        recipient=named[0].recipient if named else "",
        of_a_post=report.returned.message_id in posts,
        membership_id=member,
    )


def recipients(candidate: Candidate, report: Report) -> list[str]:
    """The keys of those whose copy may have come back, as return paths say."""
    return [addresses.key(found.recipient) for found in _decoded(candidate, report)]


def is_genuine(bounced: verp.Verp, mlist: MailingList, now: datetime) -> bool:
    """Whether we have signed it, within BOUNCE_DAYS and the days that a post may have waited to be sent."""
    secrets = [secret.encode() for secret in settings.KEY_RING.secrets("verp")]
    today = verp.day_of(now)
    oldest = today - settings.BOUNCE_DAYS - round(settings.DELIVERY_RETRY_DAYS)
    return verp.is_genuine(bounced, mlist.bounces_address, secrets, range(oldest, today + 2))


def of_posts(message_ids: Collection[str], mlist: MailingList, now: datetime) -> frozenset[str]:
    """Those of the ids of which the list, or one that includes it, has sent its members a message lately. One query."""
    since = now - timedelta(days=settings.BOUNCE_DAYS)
    through = Batch.objects.filter(rendering=OuterRef("pk"), mlist=mlist)
    sent = Rendering.objects.filter(Q(mlist=mlist) | Exists(through))
    wanted = {message_id for message_id in message_ids if message_id}
    found = sent.filter(message_id__in=wanted, created_at__gte=since).values_list("message_id", flat=True)
    return frozenset(found) if wanted else frozenset()


def _probe(detail: str, mlist: MailingList) -> Pending | None:
    if "=" in detail or not pending.fingerprint(detail):
        return None
    try:
        return pending.read(detail, PendingKind.PROBE, mlist=mlist)
    except UnknownToken:
        return None


def _decoded(candidate: Candidate, report: Report) -> list[verp.Verp]:
    return [found for found in map(verp.decode, _return_paths(candidate, report)) if found]


def _return_paths(candidate: Candidate, report: Report) -> list[str]:
    """Where a return path may stand: the envelope, the header as forwarders leave it, what came back."""
    headers = candidate.parsed.headers
    named = [
        box.address
        for name in _NAMED_IN
        for raw in headers.get_all(name)[:_FIELDS]
        for box in addresses.parse_mailboxes(raw, _FIELDS)
    ]
    complained = report.complaint.mail_from if report.complaint else ""
    return [candidate.arrival.recipient, *named, report.returned.return_path, complained]


def _is_of(bounced: verp.Verp, mlist: MailingList) -> bool:
    local, domain = addresses.split(bounced.bounces)
    hosts = (mlist.mail_host, mlist.domain.alias_domain)
    return local.lower() == addresses.split(mlist.bounces_address)[0].lower() and domain.lower() in hosts


def _leaving_member(report: Report, mlist: MailingList) -> int | None:
    """Whose one-click address stands in the returned header; it is signed."""
    _, mark, rest = report.returned.unsubscribe.partition(_LEAVING)
    return read_unsubscribe_token(rest.partition("/")[0], mlist.list_id) if mark else None
