"""The one gate: who may see, read, post to, moderate and administer a list.

Pages, feeds, attachments, search and the API ask here and nowhere else, at each request, so that a role counts the moment it is
given or taken. A person's roles hang on his user or on any of his verified addresses; an unverified address gives no right.
Domain owners and the site's owners are owners of the lists. Roles of one list are one query; filters of many lists are
subqueries on indexes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeGuard

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import PositiveSmallIntegerField, Q, QuerySet, Value
from django.http import Http404

from accounts.models import Address, User
from lists.enums import ArchivePolicy, MemberRole, RosterVisibility
from lists.models import Domain, MailingList, Membership
from suite.mail import addresses

Person = User | AnonymousUser


class Right(StrEnum):
    SEE = "see"
    """That the list exists, and its overview: everybody who knows its address, advertised or not."""
    READ = "read"
    """Its archive."""
    POST = "post"
    """From the web: everybody who is signed in; what becomes of the post is the rules' to say."""
    ROSTER = "roster"
    """The names of its members."""
    MODERATE = "moderate"
    """Decide on what waits at the desk."""
    OWN = "own"
    """Its settings and its members."""


@dataclass(frozen=True, slots=True)
class Access:
    """What one person is to one list. `may()` looks into the table of rights."""

    archive_policy: ArchivePolicy
    roster_visibility: RosterVisibility
    signed_in: bool = False
    roles: frozenset[MemberRole] = frozenset()

    @property
    def owns(self) -> bool:
        return MemberRole.OWNER in self.roles

    @property
    def moderates(self) -> bool:
        return self.owns or MemberRole.MODERATOR in self.roles

    @property
    def belongs(self) -> bool:
        """Member, moderator or owner. A nonmember row is no belonging."""
        return self.moderates or MemberRole.MEMBER in self.roles

    @property
    def sees_roster(self) -> bool:
        return self.may(Right.ROSTER)

    def may(self, right: Right) -> bool:
        return RIGHTS[right](self)


def _may_read(access: Access) -> bool:
    readers = {
        ArchivePolicy.PUBLIC: True,
        ArchivePolicy.PRIVATE: access.belongs,
        ArchivePolicy.NEVER: False,
    }
    return readers[access.archive_policy]


def _may_see_roster(access: Access) -> bool:
    readers = {
        RosterVisibility.PUBLIC: True,
        RosterVisibility.MEMBERS: access.belongs,
        RosterVisibility.MODERATORS: access.moderates,
    }
    return readers[access.roster_visibility]


RIGHTS: dict[Right, Callable[[Access], bool]] = {
    Right.SEE: lambda access: True,
    Right.READ: _may_read,
    Right.POST: lambda access: access.signed_in,
    Right.ROSTER: _may_see_roster,
    Right.MODERATE: lambda access: access.moderates,
    Right.OWN: lambda access: access.owns,
}


def access_to(user: Person, mlist: MailingList) -> Access:
    """What this person is to this list. One query; none for anonymous visitors and the site's owners."""
    return Access(
        archive_policy=ArchivePolicy(mlist.archive_policy),
        roster_visibility=RosterVisibility(mlist.member_roster_visibility),
        signed_in=_signed_in(user),
        roles=_roles(user, mlist),
    )


def access_by_mail(email: str, mlist: MailingList) -> Access:
    """What the person behind this address is to the list, for answers that go to this very address and nowhere else.

    A role of the address itself counts, proved or not, for mail of the list goes there anyway. A proved address has the roles of
    its user, too. Three queries at most.
    """
    address = Address.objects.select_related("user").filter(email=addresses.key(email)).first()
    roles = _roles(address.user, mlist) if address and address.user and address.verified else frozenset()
    if address is not None:
        held = mlist.memberships.filter(address=address, role__in=MemberRole.values).values_list("role", flat=True)
        roles |= {MemberRole(role) for role in held}
    return Access(
        archive_policy=ArchivePolicy(mlist.archive_policy),
        roster_visibility=RosterVisibility(mlist.member_roster_visibility),
        signed_in=False,
        roles=roles,
    )


def open_list(user: Person, list_id: str, need: Right | str = Right.SEE) -> tuple[MailingList, Access]:
    """The list of this list-id or posting address, in any letter case, and what the person is to it. Two queries at most.

    Http404 where there is no such list, or no archive that this person may read; PermissionDenied where another right is
    missing.
    """
    lists = MailingList.objects.select_related("domain")
    name, at, host = list_id.lower().rpartition("@")
    known_by = {"list_name": name, "domain__mail_host": host} if at else {"list_id": host}
    mlist = lists.filter(**known_by).first() if list_id.isprintable() else None  # NUL is no text to PostgreSQL
    if mlist is None:
        raise Http404("There is no such list.")
    access, right = access_to(user, mlist), Right(need)
    if not access.may(right):
        if right is Right.READ:
            raise Http404("This list has no archive, or a private one.")
        raise PermissionDenied
    return mlist, access


def get_list_or_404(user: Person, list_id: str, need: Right | str = Right.SEE) -> MailingList:
    """As `open_list`, for who asks nothing more."""
    return open_list(user, list_id, need)[0]


def visible_lists(user: Person) -> QuerySet[MailingList]:
    """The lists an overview may name to this person: the advertised ones and his own; all of them to the site's owners."""
    lists = MailingList.objects.select_related("domain")
    if _is_site_owner(user):
        return lists
    return lists.filter(Q(advertised=True) | _connected(user, tuple(MemberRole)))


def lists_of(user: Person, *roles: MemberRole) -> QuerySet[MailingList]:
    """The lists on which this person has one of these roles himself, advertised or not; a domain's owner owns its lists."""
    return MailingList.objects.select_related("domain").filter(_connected(user, roles))


def readable_by(user: Person) -> QuerySet[MailingList]:
    """The lists whose archive this person may read."""
    lists = MailingList.objects.exclude(archive_policy=ArchivePolicy.NEVER)
    if _is_site_owner(user):
        return lists
    return lists.filter(Q(archive_policy=ArchivePolicy.PUBLIC) | _connected(user, BELONGING))


BELONGING = (MemberRole.MEMBER, MemberRole.MODERATOR, MemberRole.OWNER)


def _connected(user: Person, roles: tuple[MemberRole, ...]) -> Q:
    """Lists on which the person has one of the roles: a condition on their primary key."""
    if not _signed_in(user):
        return Q(pk__in=())
    held = Membership.objects.filter(role__in=roles)
    found = Q(pk__in=held.filter(user=user).values("mlist"))
    found |= Q(pk__in=held.filter(address__in=_proved(user)).values("mlist"))
    if MemberRole.OWNER in roles:
        found |= Q(domain__in=Domain.objects.filter(owners=user).values("pk"))
    return found


def _roles(user: Person, mlist: MailingList) -> frozenset[MemberRole]:
    if not _signed_in(user):
        return frozenset()
    if _is_site_owner(user):
        return frozenset({MemberRole.OWNER})
    # Each role named, SQLite finds the person in the unique indexes; else it reads through the whole list.
    held = Membership.objects.filter(mlist=mlist, role__in=MemberRole.values)
    by_user = held.filter(user=user).values_list("role")
    by_address = held.filter(address__in=_proved(user)).values_list("role")
    as_owner = Value(MemberRole.OWNER.value, output_field=PositiveSmallIntegerField())
    by_domain = Domain.objects.filter(pk=mlist.domain_id, owners=user).annotate(role=as_owner).values_list("role")
    return frozenset(MemberRole(role) for (role,) in by_user.union(by_address, by_domain))


def _proved(user: User) -> QuerySet[Any]:
    return user.addresses.filter(verified_at__isnull=False).values("pk")


def _signed_in(user: Person) -> TypeGuard[User]:
    return user.is_authenticated and user.is_active


def _is_site_owner(user: Person) -> bool:
    return _signed_in(user) and user.is_superuser
