"""Addresses: made, proved, and joined to users. Each keeps allauth in step and stands in the audit trail."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts import sync
from accounts.errors import AddressTaken, ForeignAddress, InvalidAddress, NotVerified
from accounts.models import Address, User
from suite.common.events import record
from suite.mail import addresses


def get_or_create_address(email: str, display_name: str = "") -> Address:
    """The address in any letter case, made when it is new. Its own name, where it has one, stays. Raises InvalidAddress."""
    if not addresses.is_valid(email):
        raise InvalidAddress(f"Invalid email address: {email}")
    address, created = Address.objects.get_or_create(
        email=addresses.key(email), defaults={"original_email": email, "display_name": display_name[:255]}
    )
    if display_name and not created and not address.display_name:
        address.display_name = display_name[:255]
        address.save(update_fields=["display_name"])
    return address


@transaction.atomic
def add_address(user: User, email: str, *, display_name: str = "", verified: bool = False) -> Address:
    """Give the user an address, which may exist without one. Raises InvalidAddress and AddressTaken."""
    address = get_or_create_address(email, display_name)
    link(user, address)
    if verified:
        verify(address)
    return address


def note_spelling(key: str, spelling: str) -> None:
    """Remember how its owner writes an address that nobody knows yet, before he has proved that it is his."""
    if addresses.is_valid(spelling) and addresses.key(spelling) == key:
        get_or_create_address(spelling)


@transaction.atomic
def claim(user: User, email: str) -> Address:
    """The user has proved that the address is his: it is linked and verified, and preferred where he has no other.

    Whoever proves wins over a user to whom it was given unproved.
    """
    address = get_or_create_address(email)
    if address.user_id not in (None, user.pk) and not address.verified:
        unlink(address)
    link(user, address)
    verify(address)
    if user.preferred_address_id is None:
        set_preferred(user, address)
    return address


@transaction.atomic
def link(user: User, address: Address) -> None:
    """The address belongs to this user from now on. Raises AddressTaken where it belongs to another."""
    if address.user_id not in (None, user.pk):
        raise AddressTaken("This address belongs to another user.")
    if address.user_id is None:
        # Who comes second in a race finds no row left without user.
        if not Address.objects.filter(pk=address.pk, user=None).update(user=user):
            raise AddressTaken("This address belongs to another user.")
        record("address.linked", subject=address.email, user=str(user.pk))
    address.user = user
    sync.mirror(address)


@transaction.atomic
def unlink(address: Address) -> None:
    """The address belongs to nobody; memberships under it stay. It is no longer anybody's preferred address."""
    user = address.user
    if user is None:
        return
    _drop_preferred(user, address)
    address.user = None
    address.save(update_fields=["user"])
    sync.forget(user, address.email)
    if user.email == address.email:
        following = user.addresses.filter(verified_at__isnull=False).order_by("pk").first()
        user.email = following.email if following else ""
        user.save(update_fields=["email"])
    record("address.unlinked", subject=address.email, user=str(user.pk))


@transaction.atomic
def delete_address(address: Address) -> None:
    """The address with its memberships; its user stays."""
    unlink(address)
    record("address.deleted", subject=address.email)
    address.delete()


@transaction.atomic
def rename_address(address: Address, display_name: str, *, actor: str = "") -> None:
    """The name that goes with the address in mail."""
    address.display_name = display_name[:255]
    address.save(update_fields=["display_name"])
    record("address.renamed", actor=actor, subject=address.email)


@transaction.atomic
def verify(address: Address, at: datetime | None = None) -> None:
    """Its owner has proved that he reads mail to it. Again changes nothing."""
    if address.verified:
        return
    address.verified_at = at or timezone.now()
    address.save(update_fields=["verified_at"])
    sync.mirror(address)
    record("address.verified", subject=address.email)


@transaction.atomic
def unverify(address: Address) -> None:
    """Nothing is proved any more; a preferred address ends being one."""
    if not address.verified:
        return
    if address.user is not None:
        _drop_preferred(address.user, address)
    address.verified_at = None
    address.save(update_fields=["verified_at"])
    sync.mirror(address)
    record("address.unverified", subject=address.email)


@transaction.atomic
def set_preferred(user: User, address: Address | None) -> None:
    """Where mail to the user goes, and what he signs in with. Raises ForeignAddress and NotVerified."""
    if address is not None and address.user_id != user.pk:
        raise ForeignAddress("This address does not belong to the user.")
    if address is not None and not address.verified:
        raise NotVerified("This address is not verified yet.")
    user.preferred_address = address
    if address is not None:
        user.email = address.email
    user.save(update_fields=["preferred_address", "email"])
    if address is not None:
        address.user = user
        sync.mirror(address)
    record("user.preferred", subject=address.email if address else "", user=str(user.pk))


def _drop_preferred(user: User, address: Address) -> None:
    if user.preferred_address_id == address.pk:
        user.preferred_address = None
        user.save(update_fields=["preferred_address"])
