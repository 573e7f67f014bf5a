"""Finding people by their addresses."""

from django.db.models import Q, QuerySet
from django.db.models.lookups import Contains

from accounts.models import Address, User
from suite.common.collation import Bytewise, Small
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
    named = Q(Contains(Small("display_name"), text.lower()))
    by_address = Address.objects.filter(Q(email__contains=text.lower()) | named, user__isnull=False).values("user")
    users = User.objects.filter(named | Q(pk__in=by_address))
    return users.order_by(Bytewise("display_name"), Bytewise("email"), "pk")
