"""Users: made, merged and deleted."""

from django.db import transaction

from accounts import sync
from accounts.models import PREFERENCES, Address, User
from accounts.queries import address_of
from accounts.services.addresses import add_address, claim, set_preferred
from suite.common import hooks
from suite.common.events import record
from suite.common.failpoints import failpoint


@transaction.atomic
def create_user(
    email: str = "",
    *,
    password: str | None = None,
    display_name: str = "",
    verified: bool = False,
    superuser: bool = False,
    actor: str = "",
) -> User:
    """A user with this address, which may exist without one; verified, it is his preferred one at once.

    Without password he cannot sign in until he sets one. Raises InvalidAddress and AddressTaken.
    """
    user = User(email="", display_name=display_name[:255], is_staff=superuser, is_superuser=superuser)
    user.set_password(password)
    user.save()
    if email:
        address = add_address(user, email, display_name=display_name, verified=verified)
        if verified:
            set_preferred(user, address)
        else:
            user.email = address.email
            user.save(update_fields=["email"])
    record("user.created", actor=actor, subject=user.email, user=str(user.pk))
    return user


@transaction.atomic
def change_user(
    user: User,
    *,
    display_name: str | None = None,
    password: str | None = None,
    superuser: bool | None = None,
    actor: str = "",
) -> None:
    """Change what is given of a user. An empty password is none at all: nobody signs in with it."""
    changed = {"display_name": display_name and display_name[:255], "is_superuser": superuser}
    changed = {name: value for name, value in changed.items() if value not in (None, getattr(user, name))}
    for name, value in changed.items():
        setattr(user, name, value)
    if superuser is not None:
        user.is_staff = superuser
    if password is not None:
        user.set_password(password or None)
    user.save()
    if changed:
        record("user.changed", actor=actor, subject=user.email, user=str(user.pk), settings=changed)


@transaction.atomic
def proved_user(email: str) -> User:
    """The user of this address, which somebody whom we believe says is proved; a new one, without password, where it has none.

    Whoever proves wins over a user to whom it was given unproved. Raises InvalidAddress and AddressTaken.
    """
    address = address_of(email)
    if address and address.user and address.verified:
        return address.user
    user = create_user(display_name=address.display_name if address else "")
    claim(user, email)
    return user


@transaction.atomic
def absorb(user: User, other: User) -> None:
    """Make one of two: `other`'s addresses, memberships and whatever else apps keep go to `user`, and `other` is gone.

    Only what `user` has not set is taken over of preferences, name, password and site ownership.
    """
    if user.pk == other.pk:
        raise ValueError("A user cannot absorb himself.")
    gone, gone_id = other.email, str(other.pk)
    hooks.call("user-absorbed", user=user, other=other)
    moved = list(Address.objects.filter(user=other))
    Address.objects.filter(user=other).update(user=user)
    for name in ("display_name", "email", *PREFERENCES):
        if getattr(user, name) in (None, ""):
            setattr(user, name, getattr(other, name))
    if user.preferred_address_id is None:
        user.preferred_address_id = other.preferred_address_id
    if not user.has_usable_password():
        user.password = other.password
    user.is_superuser = user.is_superuser or other.is_superuser
    user.is_staff = user.is_staff or other.is_staff
    other.delete()
    user.save()
    for address in moved:
        address.user = user
        sync.mirror(address)
    record("user.absorbed", subject=gone, user=str(user.pk), other=gone_id)
    failpoint("user.absorbed")


@transaction.atomic
def delete_user(user: User, *, actor: str = "") -> None:
    """The user with his addresses, preferences and memberships. Posts stay, deliverable and archived."""
    hooks.call("user-deleted", user=user)
    record("user.deleted", actor=actor, subject=user.email, user=str(user.pk))
    user.delete()
