"""The message being judged, read-only, with everything that rules ask about looked up once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import or_

from django.conf import settings
from django.db.models import Q

from archives.enums import Role, State
from archives.models import Arrival
from lists.enums import Action
from lists.models import MailingList, Membership
from lists.queries import standings
from lists.services.bans import Bans
from moderation import scanning
from moderation.facts import Facts, look_up
from moderation.scanning.finding import Envelope, Finding
from suite.mail import addresses
from suite.mail.addresses import Mailbox
from suite.mail.parse import Parsed, parse

SENDERS = 20
"""Senders of one letter that are looked up; nobody names more in good faith."""

ENVELOPE = "from_"
"""How POSTHOUSE_SENDER_HEADERS, which says where senders are looked for, calls the envelope sender."""


@dataclass(frozen=True, slots=True)
class Sender:
    """One address the message claims to come from (key form), and what the list knows of it."""

    address: str
    membership: Membership | None = None
    """As member of the list: by this address, or by another address or the user it belongs to."""
    nonmember: Membership | None = None
    banned: bool = False
    lists: frozenset[str] = frozenset()
    """Posting addresses of those lists, among the ones that the nonmember settings name, which it is a member of."""
    written: str = ""
    """The address as the message has it."""
    name: str = ""


@dataclass(frozen=True)
class Candidate:
    """What rules look at. Nothing here may be changed, and nothing here queries the database later."""

    arrival: Arrival
    raw: bytes
    parsed: Parsed
    senders: tuple[Sender, ...]
    """From, envelope sender, Reply-To, Sender (as the site's SENDER_HEADERS say): the valid ones, in order, each once."""
    facts: Facts = field(default_factory=Facts)
    """What is the same for all letters of a run."""
    scans: Mapping[str, Finding] = field(default_factory=dict)
    """What the site's scanners say of it, by their names; nothing of what a moderator has accepted."""

    @cached_property
    def sender(self) -> str:
        """The first sender's address, or the empty string."""
        return self.senders[0].address if self.senders else ""

    @property
    def size(self) -> int:
        return len(self.raw)

    @cached_property
    def subject(self) -> str:
        """Decoded, white space at its ends removed; empty where there is none."""
        return self.parsed.headers.text("Subject").strip()

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """Who is named in To and Cc: keys of all mailboxes, repeated ones too."""
        return self._mailboxes("To", "Cc")

    @cached_property
    def resent_recipients(self) -> tuple[str, ...]:
        """Who is named in Resent-To and Resent-Cc (RFC 5322 §3.6.6)."""
        return self._mailboxes("Resent-To", "Resent-Cc")

    @property
    def banned(self) -> bool:
        return any(sender.banned for sender in self.senders)

    @property
    def member(self) -> Sender | None:
        """The first sender who is a member of the list."""
        return next((sender for sender in self.senders if sender.membership is not None), None)

    @property
    def member_action(self) -> Action | None:
        """The own moderation action of the first sender who is a member; None where nobody is or nothing is set."""
        member = self.member
        action = member.membership.moderation_action if member and member.membership else None
        return None if action is None else Action(action)

    @property
    def accepted_posts(self) -> int | None:
        """How many posts of a member on probation were accepted; None for everybody else."""
        member = self.member
        return self.facts.accepted.get(member.membership.pk) if member and member.membership else None

    def _mailboxes(self, *fields: str) -> tuple[str, ...]:
        headers = self.parsed.headers
        return tuple(
            addresses.key(mailbox.address)
            for field in fields
            for value in headers.get_all(field)
            for mailbox in addresses.parse_mailboxes(value)
        )


NONMEMBER_SETTINGS = (
    ("accept_these_nonmembers", Action.ACCEPT),
    ("hold_these_nonmembers", Action.HOLD),
    ("reject_these_nonmembers", Action.REJECT),
    ("discard_these_nonmembers", Action.DISCARD),
)
"""The settings that name nonmembers, in the order in which they are asked, and what each means."""


def build(arrivals: Sequence[Arrival], mlist: MailingList, raws: Mapping[int, bytes]) -> list[Candidate]:
    """A candidate for each arrival of this list, in their order. `raws` has the letters' bytes by letter id.

    3 queries however many there are (addresses, memberships, bans), one more where senders are users (their other
    addresses), those of `facts.look_up()`, and 1 with 2 or 3 for each list that the
    nonmember settings name. The list must come with its domain.
    """
    letters = [parse(raws[arrival.letter_id]) for arrival in arrivals]
    claimed = [claimed_senders(arrival.sender, parsed) for arrival, parsed in zip(arrivals, letters, strict=True)]
    known = _look_up({key for senders in claimed for key in senders}, mlist)
    members = [sender.membership for sender in known.values() if sender.membership is not None]
    run = list(zip(arrivals, letters, strict=True))
    facts, scans = look_up(mlist, run, members), _scans(run)
    return [
        Candidate(
            arrival=arrival,
            raw=raws[arrival.letter_id],
            parsed=parsed,
            senders=tuple(
                replace(known[key], written=mailbox.address, name=mailbox.name) for key, mailbox in senders.items()
            ),
            facts=facts,
            scans=scans.get(arrival.pk, {}),
        )
        for arrival, parsed, senders in zip(arrivals, letters, claimed, strict=True)
    ]


def _scans(letters: Sequence[tuple[Arrival, Parsed]]) -> Mapping[int, Mapping[str, Finding]]:
    """Arrival id to what the site's scanners say, of posts and mail to the owners that a chain is going to judge."""
    judged = [
        (arrival, parsed)
        for arrival, parsed in letters
        if arrival.state == State.RECEIVED and arrival.role in (Role.POST, Role.OWNER)
    ]
    found = scanning.examine([(parsed.raw, Envelope(arrival.sender, arrival.recipient)) for arrival, parsed in judged])
    return {arrival.pk: findings for (arrival, _), findings in zip(judged, found, strict=True)}


def claimed_senders(envelope_sender: str, parsed: Parsed) -> dict[str, Mailbox]:
    """The valid addresses the letter claims to come from, by key, in the site's order; at most SENDERS."""
    found: dict[str, Mailbox] = {}
    for source in settings.SENDER_HEADERS:
        for mailbox in _claims(source, envelope_sender, parsed):
            if len(found) < SENDERS and addresses.is_valid(mailbox.address):
                found.setdefault(addresses.key(mailbox.address), mailbox)
    return found


def _claims(field: str, envelope_sender: str, parsed: Parsed) -> list[Mailbox]:
    """A letter has one From (RFC 5322 §3.6); where it has several, readers differ in which they show, so all are read."""
    if field == ENVELOPE:
        return [Mailbox("", envelope_sender)] if envelope_sender else []
    values = parsed.headers.get_all(field)[:SENDERS]
    return [mailbox for value in values for mailbox in addresses.parse_mailboxes(value, SENDERS)]


def _look_up(keys: Collection[str], mlist: MailingList) -> dict[str, Sender]:
    known, bans = standings(mlist, keys), Bans.load(mlist)
    lists = _named_lists(mlist)
    rosters = {other.posting_address: standings(other, keys) for other in lists}
    return {
        key: Sender(
            address=key,
            membership=known[key].member,
            nonmember=known[key].nonmember,
            banned=bans.matches(key),
            lists=frozenset(name for name, roster in rosters.items() if roster[key].member),
        )
        for key in keys
    }


def _named_lists(mlist: MailingList) -> list[MailingList]:
    """The lists that the nonmember settings name as `@dev@example.org`. One query where there are any."""
    entries = [entry for setting, _ in NONMEMBER_SETTINGS for entry in getattr(mlist, setting)]
    names = [addresses.split(entry[1:].lower()) for entry in entries if entry.startswith("@")]
    if not names:
        return []
    wanted = [Q(list_name=local, domain__mail_host=host) for local, host in names]
    return list(MailingList.objects.filter(reduce(or_, wanted)).select_related("domain"))
