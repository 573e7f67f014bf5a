"""Who is on a list: rosters for people, standings for rules. No look-up grows in number with the list."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import Exact

from accounts.models import Address, User
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from suite.common.collation import Bytewise
from suite.mail import addresses


def members(mlist: MailingList, role: MemberRole = MemberRole.MEMBER) -> QuerySet[Membership]:
    """The roster of a role, with all that `Membership.effective()` and `subscriber_address` need."""
    return mlist.memberships.filter(role=role).select_related("address__user", "user__preferred_address", "mlist")


def counted(lists: QuerySet[MailingList]) -> QuerySet[MailingList]:
    """These lists with their domains, and their members' number as `member_count`."""
    members = Membership.objects.filter(mlist=OuterRef("pk"), role=MemberRole.MEMBER).order_by()
    number = members.values("mlist").annotate(number=Count("pk")).values("number")
    return lists.select_related("domain").annotate(member_count=Coalesce(Subquery(number), 0))


def lists_with(subscriber: UUID | str, role: MemberRole | None = None) -> QuerySet[MailingList]:
    """The lists on which a user has this role, by himself or under any address of his; or this address, or whose preferred it is.

    Without a role every one but nonmember counts.
    """
    roles = [role] if role is not None else [each for each in MemberRole if each is not MemberRole.NONMEMBER]
    held = Membership.objects.filter(role__in=roles)
    if isinstance(subscriber, UUID):
        by_address, by_user = held.filter(address__user=subscriber), held.filter(user=subscriber)
    else:
        key = addresses.key(subscriber)
        by_address, by_user = held.filter(address__email=key), held.filter(user__preferred_address__email=key)
    return MailingList.objects.filter(Q(pk__in=by_address.values("mlist")) | Q(pk__in=by_user.values("mlist")))


_MAILBOX = "address", "user__preferred_address"
_PERSON = "address__user", "user"
HIDES = Coalesce(
    "hide_address",
    *(f"{holder}__hide_address" for holder in (*_MAILBOX, *_PERSON)),
    Value(False),
)
"""`Membership.hides_address`, for the database to look at."""
_ADDRESS = Coalesce(*(f"{mailbox}__original_email" for mailbox in _MAILBOX), Value(""))
_NAME = Coalesce(
    NullIf(Coalesce(*(f"{mailbox}__display_name" for mailbox in _MAILBOX)), Value("")),
    *(f"{person}__display_name" for person in _PERSON),
    Value(""),
)
_BY_ADDRESS = Bytewise(Coalesce(*(f"{mailbox}__email" for mailbox in _MAILBOX))).asc(nulls_last=True), "pk"


@dataclass(frozen=True, slots=True)
class Roster:
    """The members of a list, as somebody is shown them."""

    total: int
    """All of them."""
    hidden: int
    """Those of all who hide their address."""
    shown: int
    """Those that `keys` has."""
    keys: QuerySet[Membership, int]
    """Primary keys of the memberships to show, by address: short rows to sort, of which a page takes its 25."""


def roster(mlist: MailingList, *, hidden_too: bool, search: str = "") -> Roster:
    """The list's members; without `hidden_too` those who hide are left out. One query for the numbers, `keys` asks by itself.

    `search` is a part of address or name, in any letter case, which SQLite's LIKE knows for ASCII alone.
    """
    everybody = mlist.memberships.filter(role=MemberRole.MEMBER).alias(hides=HIDES, address_text=_ADDRESS, name=_NAME)
    wanted = Q() if hidden_too else Q(hides=False)
    if search:
        pattern = re.escape(search)
        wanted &= Q(address_text__iregex=pattern) | Q(name__iregex=pattern)
    numbers = everybody.aggregate(
        total=Count("pk"), hidden=Count("pk", filter=Q(hides=True)), shown=Count("pk", filter=wanted)
    )
    return Roster(**numbers, keys=everybody.filter(wanted).order_by(*_BY_ADDRESS).values_list("pk", flat=True))


def members_of_page(mlist: MailingList, keys: Iterable[int]) -> list[Membership]:
    """The members with these primary keys, in this order; who has left meanwhile is missing. One query."""
    known = members(mlist).in_bulk(keys := list(keys))
    return [known[key] for key in keys if key in known]


def administrators(mlist: MailingList) -> list[Membership]:
    """Owners, then moderators, each person once: by user, or by mailbox."""
    rows = (
        mlist.memberships.filter(role__in=(MemberRole.OWNER, MemberRole.MODERATOR))
        .select_related("address__user", "user__preferred_address", "mlist")
        .order_by("role", "pk")
    )
    found: list[Membership] = []
    seen: set[object] = set()
    for row in rows:
        mailbox = row.subscriber_address
        person = {row.user_id or (row.address.user_id if row.address else None), mailbox.email if mailbox else None}
        person.discard(None)
        if not person & seen:
            found.append(row)
        seen |= person
    return found


def administrator_addresses(mlist: MailingList) -> list[str]:
    """Where mail to the owners and moderators goes, each mailbox once, in the case its owner wrote it."""
    mailboxes = (row.subscriber_address for row in administrators(mlist))
    return [mailbox.original_email for mailbox in mailboxes if mailbox is not None]


def administrators_by_address(mlist: MailingList) -> dict[str, Membership]:
    """The same mailboxes, with the membership whose preferences (language) hold there."""
    known = ((row, row.subscriber_address) for row in administrators(mlist))
    return {mailbox.original_email: row for row, mailbox in known if mailbox is not None}


def membership_of(mlist: MailingList, user: User) -> Membership | None:
    """The user's membership of the list: by himself, else under one of his verified addresses. One query."""
    proved = Q(address__user=user, address__verified_at__isnull=False)
    rows = members(mlist).filter(Q(user=user) | proved)
    return rows.order_by(F("user").asc(nulls_last=True), "pk").first()


def language_of(mlist: MailingList, email: str) -> str:
    """What somebody reads who is known by this address alone: as member, else as nonmember, address or user, else the list's.

    4 queries at most.
    """
    [standing] = standings(mlist, [email]).values()
    if row := standing.member or standing.nonmember:
        return str(row.effective("preferred_language"))
    address = Address.objects.filter(email=addresses.key(email)).select_related("user").first()
    holders = (address, address.user if address else None)
    chosen = next((holder.preferred_language for holder in holders if holder and holder.preferred_language), None)
    return chosen or mlist.preferred_language


@dataclass(frozen=True, slots=True)
class Standing:
    """What a list knows of an address: as member, and as nonmember."""

    member: Membership | None = None
    nonmember: Membership | None = None


def standings(mlist: MailingList, keys: Iterable[str]) -> dict[str, Standing]:
    """What the list knows of each of these addresses, in two queries; three where one of them belongs to a user.

    A membership under the address itself comes first, then that of its user, then one under another address of the user.
    Time grows with the addresses asked about, not with the list.
    """
    keys = list(dict.fromkeys(addresses.key(key) for key in keys))
    known = {address.email: address for address in Address.objects.filter(email__in=keys)}
    if not known:
        return {key: Standing() for key in keys}
    address_ids = {address.pk for address in known.values()}
    user_ids = {address.user_id for address in known.values() if address.user_id}
    if user_ids:
        address_ids.update(Address.objects.filter(user_id__in=user_ids).values_list("pk", flat=True))
    rows = (
        Membership.objects.filter(Q(address_id__in=address_ids) | Q(user_id__in=user_ids))
        # Plus zero: else SQLite, which takes a list to be short, reads through all of its memberships.
        .filter(Exact(F("mlist_id") + 0, mlist.pk), role__in=(MemberRole.MEMBER, MemberRole.NONMEMBER))
        .select_related("address__user", "user__preferred_address")
        .order_by("pk")
    )
    found = list(rows)
    for row in found:
        row.mlist = mlist
    return {key: _standing(known.get(key), found) for key in keys}


def _standing(address: Address | None, rows: list[Membership]) -> Standing:
    return Standing(_nearest(address, rows, MemberRole.MEMBER), _nearest(address, rows, MemberRole.NONMEMBER))


def _nearest(address: Address | None, rows: list[Membership], role: MemberRole) -> Membership | None:
    if address is None:
        return None
    ranked = [(_distance(address, row), row.pk, row) for row in rows if row.role == role]
    near = [entry for entry in ranked if entry[0] is not None]
    return min(near)[2] if near else None


def _distance(address: Address, row: Membership) -> int | None:
    """0 the address itself, 1 its user, 2 another address of the user; None for somebody else."""
    if row.address_id == address.pk:
        return 0
    if address.user_id is None:
        return None
    if row.user_id == address.user_id:
        return 1
    return 2 if row.address is not None and row.address.user_id == address.user_id else None
