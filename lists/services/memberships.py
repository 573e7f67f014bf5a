"""Memberships: joining and leaving as it happens once nobody needs to be asked any more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.errors import ForeignAddress, InvalidAddress, NotVerified
from accounts.models import Address, User
from accounts.services.addresses import get_or_create_address
from accounts.services.preferences import check_preferences
from lists.enums import Action, MemberRole, PendingKind
from lists.errors import (
    AlreadySubscribed,
    InvalidSubscriber,
    JoiningDenied,
    MembershipBanned,
    NoPreferredAddress,
    OwnAddress,
)
from lists.models import MailingList, Membership
from lists.services import pending
from lists.services.bans import Bans, is_banned
from suite.common import plugins
from suite.common.events import record
from suite.mail import addresses
from suite.mail.addresses import Mailbox

MODERATION = {MemberRole.OWNER: Action.ACCEPT, MemberRole.MODERATOR: Action.ACCEPT}
"""The moderation action a row starts with; members and nonmembers follow the list's default."""
CHUNK = 2_000


@transaction.atomic
def add_member(
    mlist: MailingList,
    subscriber: Address | User | str,
    role: MemberRole = MemberRole.MEMBER,
    *,
    display_name: str = "",
    moderation_action: Action | None = None,
    actor: str = "",
    **preferences: Any,
) -> Membership:
    """Give somebody a role on the list, at once: nobody is asked and nothing is sent.

    A user's membership follows his preferred address. Joining ends the person's nonmember rows, and a request that waits.
    `preferences` are names of `accounts.models.PREFERENCES`. Raises InvalidAddress, InvalidSubscriber, MembershipBanned,
    JoiningDenied and AlreadySubscribed.
    """
    check_preferences(preferences)
    check_joining(mlist, subscriber, role)
    if isinstance(subscriber, str):
        subscriber = get_or_create_address(subscriber, display_name)
    kind = "user" if isinstance(subscriber, User) else "address"
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                **{kind: subscriber},
                mlist=mlist,
                role=role,
                moderation_action=moderation_action if moderation_action is not None else MODERATION.get(role),
                **preferences,
            )
    except IntegrityError as error:
        raise _already(subscriber, mlist, role) from error
    if role == MemberRole.MEMBER:
        _end_nonmembers(mlist, [membership.address_id] if membership.address_id else [], membership.user_id)
        pending.drop(mlist, PendingKind.SUBSCRIPTION, [_mailbox(subscriber)])
    record("member.added", actor=actor, list_id=mlist.list_id, subject=str(subscriber), role=role.wire)
    return membership


def check_joining(mlist: MailingList, subscriber: Address | User | str, role: MemberRole) -> None:
    """Raise what `add_member` would raise, and change nothing."""
    if isinstance(subscriber, User):
        if subscriber.preferred_address is None:
            raise NoPreferredAddress("The user has no preferred address.")
        email, there = subscriber.preferred_address.email, mlist.memberships.filter(user=subscriber)
    else:
        email = subscriber if isinstance(subscriber, str) else subscriber.email
        there = mlist.memberships.filter(address__email=addresses.key(email))
    if not addresses.is_valid(email):
        raise InvalidAddress(f"Invalid email address: {email}")
    _refuse(mlist, email, role)
    if there.filter(role=role).exists():
        raise _already(subscriber, mlist, role)


@dataclass
class Added:
    """What became of many who were to be added: how many were, who was already there, who was refused and why."""

    count: int = 0
    already: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def add_members(
    mlist: MailingList,
    mailboxes: Iterable[Mailbox],
    role: MemberRole = MemberRole.MEMBER,
    *,
    actor: str = "",
    **preferences: Any,
) -> Added:
    """As `add_member` for many addresses, with a handful of queries and one commit for each 2,000 of them."""
    check_preferences(preferences)
    added, bans = Added(), Bans.load(mlist)
    waiting = iter(mailboxes)
    while chunk := list(islice(waiting, CHUNK)):
        with transaction.atomic():
            _add_chunk(mlist, dict(_admitted(mlist, chunk, role, bans, added)), role, added, preferences)
    if added.count:
        record("members.added", actor=actor, list_id=mlist.list_id, role=role.wire, count=added.count)
    return added


@transaction.atomic
def remove_member(membership: Membership, *, actor: str = "") -> None:
    """End one membership of whatever role. What is deferred is not tried for this member again."""
    record(
        "member.removed",
        actor=actor,
        list_id=membership.mlist.list_id,
        subject=str(membership.user or membership.address),
        role=MemberRole(membership.role).wire,
    )
    if membership.role == MemberRole.MEMBER and membership.subscriber_address is not None:
        pending.drop(membership.mlist, PendingKind.UNSUBSCRIPTION, [membership.subscriber_address.email])
    membership.delete()


@transaction.atomic
def change_address(membership: Membership, address: Address, *, actor: str = "") -> None:
    """Move a membership to another verified address of the same user.

    Raises InvalidSubscriber for a membership by user (it follows the preferred address), ForeignAddress, NotVerified,
    MembershipBanned, JoiningDenied, and AlreadySubscribed where that address has the role already.
    """
    if membership.address is None:
        raise InvalidSubscriber("This membership follows the user's preferred address.")
    if membership.address.user_id is None or membership.address.user_id != address.user_id:
        raise ForeignAddress("This address belongs to somebody else.")
    if not address.verified:
        raise NotVerified("This address is not verified yet.")
    mlist, role, old = membership.mlist, MemberRole(membership.role), membership.address
    _refuse(mlist, address.email, role)
    if mlist.memberships.filter(address=address, role=role).exclude(pk=membership.pk).exists():
        raise _already(address, mlist, role)
    membership.address = address
    membership.save(update_fields=["address"])
    record("member.moved", actor=actor, list_id=mlist.list_id, subject=address.email, old=old.email)


@transaction.atomic
def set_moderation(membership: Membership, action: Action | None, *, actor: str = "") -> None:
    """What happens to this person's posts; None = what the list does with those of his role."""
    if membership.moderation_action == action:
        return
    membership.moderation_action = action
    membership.save(update_fields=["moderation_action"])
    record(
        "member.moderation",
        actor=actor,
        list_id=membership.mlist.list_id,
        subject=str(membership.user or membership.address),
        action=action.wire if action is not None else "",
    )


def _mailbox(subscriber: Address | User) -> str:
    address = subscriber.preferred_address if isinstance(subscriber, User) else subscriber
    return address.email if address else ""


def _refuse(mlist: MailingList, email: str, role: MemberRole) -> None:
    key = addresses.key(email)
    if key == mlist.posting_address and role != MemberRole.NONMEMBER:
        raise OwnAddress("A list cannot subscribe to itself.")
    if is_banned([key], mlist):
        raise MembershipBanned(f"{key} is banned from {mlist.posting_address}.")
    if why := plugins.denial(mlist, key, role):
        raise JoiningDenied(why)


def _already(subscriber: Address | User | str, mlist: MailingList, role: MemberRole) -> AlreadySubscribed:
    article = "an" if role == MemberRole.OWNER else "a"
    return AlreadySubscribed(f"{subscriber} is already {article} {role.wire} of {mlist.posting_address}.")


def _end_nonmembers(mlist: MailingList, address_ids: Iterable[int], user_id: UUID | None = None) -> None:
    """Who is a member is no nonmember, under none of his addresses."""
    users = Address.objects.filter(pk__in=address_ids, user__isnull=False).values("user")
    nonmembers = mlist.memberships.filter(role=MemberRole.NONMEMBER)
    nonmembers.filter(
        Q(address_id__in=address_ids) | Q(user_id__in=users) | Q(address__user_id__in=users)
        if user_id is None
        else Q(user_id=user_id) | Q(address__user_id=user_id)
    ).delete()


def _admitted(
    mlist: MailingList, mailboxes: Iterable[Mailbox], role: MemberRole, bans: Bans, added: Added
) -> Iterator[tuple[str, Mailbox]]:
    """Key and mailbox of those who may be added; the others are noted."""
    seen: set[str] = set()
    for mailbox in mailboxes:
        key = addresses.key(mailbox.address)
        if not addresses.is_valid(mailbox.address):
            added.refused.append((mailbox.address, str(InvalidAddress(f"Invalid email address: {mailbox.address}"))))
        elif key == mlist.posting_address and role != MemberRole.NONMEMBER:
            added.refused.append((mailbox.address, "A list cannot subscribe to itself."))
        elif bans.matches(key):
            added.refused.append((mailbox.address, f"{key} is banned from {mlist.posting_address}."))
        elif key in seen:
            added.already.append(mailbox.address)
        elif why := plugins.denial(mlist, key, role):
            added.refused.append((mailbox.address, why))
        else:
            seen.add(key)
            yield key, mailbox


def _add_chunk(
    mlist: MailingList, wanted: dict[str, Mailbox], role: MemberRole, added: Added, preferences: dict[str, Any]
) -> None:
    Address.objects.bulk_create(
        [
            Address(email=key, original_email=mailbox.address, display_name=mailbox.name[:255])
            for key, mailbox in wanted.items()
        ],
        ignore_conflicts=True,
    )
    known = dict(Address.objects.filter(email__in=wanted).values_list("email", "pk"))
    held = mlist.memberships.filter(role=role, address__in=known.values()).values_list("address_id", flat=True)
    present = set(held)
    added.already += [wanted[key].address for key in wanted if known[key] in present]
    new = [known[key] for key in wanted if known[key] not in present]
    row = partial(Membership, mlist=mlist, role=role, moderation_action=MODERATION.get(role), **preferences)
    Membership.objects.bulk_create([row(address_id=pk) for pk in new])
    if role == MemberRole.MEMBER:
        _end_nonmembers(mlist, new)
        pending.drop(mlist, PendingKind.SUBSCRIPTION, wanted)
    added.count += len(new)
