"""Finding people by their addresses."""

from django.db.models import Q, QuerySet

from accounts.models import Address, User
from suite.mail import addresses

LONGEST = 400
"""Longer than any address or name."""


def address_of(email: str) -> Address | None:
    """The address, in any letter case, with its user."""
    return Address.objects.select_related("user").filter(email=addresses.key(email)).first()


def user_of(email: str) -> User | None:
    """The user to whom this address belongs, verified or not."""
    address = address_of(email)
    return address.user if address else None


def find_users(text: str) -> QuerySet[User]:
    """Users by a part of their name or of any of their addresses and the names at those, each once, in any letter case."""
    if not text.isprintable() or len(text) > LONGEST:
        return User.objects.none()
    named = Q(email__icontains=text) | Q(display_name__icontains=text)
    by_address = Address.objects.filter(named, user__isnull=False).values("user")
    users = User.objects.filter(Q(display_name__icontains=text) | Q(pk__in=by_address))
    return users.order_by("display_name", "email", "pk")
