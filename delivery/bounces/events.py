"""The rows: a mailbox that refused a message of a list, or has not taken it yet."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.db.models.lookups import Exact

from delivery.enums import BounceCause, BounceKind, BounceSource
from delivery.models import BounceEvent
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from lists.queries import standings
from suite.mail import addresses
from suite.mail.bounces.report import ABOUT_MESSAGE, Cause, Failure

DEAD = (Cause.NO_MAILBOX, Cause.NO_DOMAIN, Cause.DISABLED)
"""Causes that speak against a mailbox once the other side has given up; the rest may be better tomorrow."""
REFUSING = (0, 550, 551, 553)
"""Reply codes that do so where no reason is given: 0 stands for none."""
DIAGNOSTIC = 500  # characters


@dataclass(frozen=True, slots=True)
class Bounced:
    """A failure, and the member whose mailbox it is (None for people who are no members)."""

    failure: Failure
    membership: Membership | None


def whose(mlist: MailingList, failures: Sequence[Failure], joined: Mapping[str, Membership]) -> list[Bounced]:
    """The members meant, by the address itself or another name of the mailbox; each member once.

    `joined` is what `by_address()` says of their names. No query where it knows them all, else three at most.
    """
    known = dict(joined)
    others = [name for name in names(failures) if name not in known]
    if others:
        known |= {key: standing.member for key, standing in standings(mlist, others).items() if standing.member}
    found: dict[object, Bounced] = {}
    for failure in failures:
        keys = map(addresses.key, (failure.address, *failure.also))
        member = next((known[key] for key in keys if key in known), None)
        found.setdefault(member.pk if member else failure.address, Bounced(failure, member))
    return list(found.values())


def names(failures: Iterable[Failure]) -> list[str]:
    """The keys of all names that these mailboxes have."""
    return [addresses.key(name) for failure in failures for name in (failure.address, *failure.also)]


def by_address(mlist: MailingList, keys: Collection[str]) -> dict[str, Membership]:
    """Members by the address they have joined with. One query where there is any."""
    if not keys:
        return {}
    rows = Membership.objects.filter(address__email__in=keys, role=MemberRole.MEMBER)
    # Plus zero: else SQLite, which takes a list to be short, reads through all of its memberships.
    rows = rows.filter(Exact(F("mlist_id") + 0, mlist.pk)).select_related("address__user")
    found = {row.address.email: row for row in rows if row.address}
    for row in found.values():
        row.mlist = mlist
    return found


def kind_of(failure: Failure) -> BounceKind:
    """What it says of the mailbox: hard ones score."""
    if failure.cause in ABOUT_MESSAGE:
        return BounceKind.POLICY
    dead = failure.cause in DEAD or (failure.cause is Cause.OTHER and failure.code in REFUSING)
    return BounceKind.HARD if failure.permanent and dead else BounceKind.SOFT


def record(
    mlist: MailingList,
    bounced: Iterable[Bounced],
    *,
    source: BounceSource,
    message_id: str,
    proven: bool,
    now: datetime,
) -> list[BounceEvent]:
    """Write what is new: a member and a message have one event of a kind, however often and by whom it is told."""
    events = []
    for one in bounced:
        failure, kind = one.failure, kind_of(one.failure)
        if one.membership is not None and message_id and _is_known(one.membership, message_id, kind):
            continue
        events.append(
            BounceEvent.objects.create(
                mlist=mlist,
                membership=one.membership,
                address=failure.address[:320],
                at=now,
                kind=kind,
                source=source,
                cause=BounceCause(failure.cause.value),
                code=failure.code,
                enhanced=failure.status[:12],
                diagnostic=_storable(failure.diagnostic),
                message_id=message_id[:998],
                proven=proven,
                probe=source == BounceSource.PROBE,
            )
        )
    return events


def _is_known(membership: Membership, message_id: str, kind: BounceKind) -> bool:
    return BounceEvent.objects.filter(membership=membership, message_id=message_id, kind=kind).exists()


def _storable(text: str) -> str:
    """In one line, fit for a text column."""
    return " ".join(text.replace("\0", " ").encode("utf-8", "replace").decode().split())[:DIAGNOSTIC]
