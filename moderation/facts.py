"""What rules want to know beside the letter and its senders: looked up once for a whole run."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from archives.enums import Role, State
from archives.models import Arrival
from lists import notices
from lists.enums import Action, DMARCMitigateAction
from lists.models import MailingList, Membership
from moderation import policies
from moderation.header_fields import HeaderCheck, read_checks
from moderation.models import HeaderMatch
from moderation.newcomers import Came, accepted_posts, latest_posts
from suite.mail import addresses
from suite.mail.addresses import authors
from suite.mail.dmarc import Policy
from suite.mail.parse import Parsed

MITIGATED = (DMARCMitigateAction.MUNGE_FROM, DMARCMitigateAction.WRAP_MESSAGE)
"""Actions that let the post pass, and change who it is From."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The same for every letter of the run."""

    site_checks: tuple[HeaderCheck, ...] = ()
    """The site's header checks."""
    header_checks: tuple[HeaderCheck, ...] = ()
    """The list's own, by their positions."""
    header_action: Action = Action.HOLD
    """What follows a header check that says nothing itself."""
    policies: Mapping[str, Policy] = field(default_factory=dict)
    """DMARC policies of the domains in From, where the list does something about them."""
    masthead: frozenset[str] = frozenset()
    """The lines with which the list's digests begin, where the site holds answers that quote them."""
    accepted: Mapping[int, int] = field(default_factory=dict)
    """Accepted posts of the members who are on probation, by membership id."""
    came: Sequence[Came] = ()
    """The list's latest posts, where it limits how many come."""


def judged(lists: QuerySet[MailingList]) -> QuerySet[MailingList]:
    """The lists with what `look_up()` would otherwise have to ask for: whether they have header checks of their own."""
    return lists.annotate(has_header_matches=Exists(HeaderMatch.objects.filter(mlist=OuterRef("pk"))))


def look_up(
    mlist: MailingList, letters: Sequence[tuple[Arrival, Parsed]], members: Collection[Membership] = ()
) -> Facts:
    """One query for header checks, unless the list comes from `judged()` and has none. Asks DNS where the list wants it.

    Two queries more where the site holds answers to digests, one where new members are on probation, one where the list has
    limits to how many posts come.
    """
    return Facts(
        site_checks=tuple(read_checks(settings.HEADER_CHECKS)),
        header_checks=_header_checks(mlist),
        header_action=Action.from_wire(settings.HEADER_CHECKS_ACTION),
        policies=policies.of(_domains(letters)) if _wants_policies(mlist) else {},
        masthead=_masthead(mlist) if settings.HOLD_DIGEST else frozenset(),
        accepted=accepted_posts(mlist, members),
        came=latest_posts(mlist),
    )


def _masthead(mlist: MailingList) -> frozenset[str]:
    _, text = notices.render(
        "list:member:digest:masthead",
        mlist,
        got_list_email=mlist.posting_address,
        got_request_email=mlist.request_address,
        got_owner_email=mlist.owner_address,
    )
    return frozenset(filter(None, map(str.strip, text.splitlines())))


def _wants_policies(mlist: MailingList) -> bool:
    """Not where nothing is done, nothing shows who wrote, or it is done whatever the policy."""
    always = mlist.dmarc_mitigate_unconditionally and mlist.dmarc_mitigate_action in MITIGATED
    return mlist.dmarc_mitigate_action != DMARCMitigateAction.NO_MITIGATION and not mlist.anonymous_list and not always


def _domains(letters: Sequence[tuple[Arrival, Parsed]]) -> Iterable[str]:
    """The domains that posts are From, of those which a chain is going to judge."""
    for arrival, parsed in letters:
        if arrival.role == Role.POST and arrival.state == State.RECEIVED:
            yield from author_domains(parsed)


def author_domains(parsed: Parsed) -> list[str]:
    """The domains in From, in A-labels, each once. A letter has one From; where it has several, all are read."""
    mailboxes = authors(parsed.headers)
    return list(dict.fromkeys(addresses.wire_domain(mailbox.address) for mailbox in mailboxes))


def _header_checks(mlist: MailingList) -> tuple[HeaderCheck, ...]:
    if not getattr(mlist, "has_header_matches", True):
        return ()
    rows = HeaderMatch.objects.filter(mlist=mlist).order_by("position", "pk").values_list("header", "pattern", "action")
    return tuple(
        HeaderCheck(header, pattern, None if action is None else Action(action)) for header, pattern, action in rows
    )
