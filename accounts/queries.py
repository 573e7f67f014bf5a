"""Finding people by their addresses."""

from django.db.models import Q, QuerySet

from accounts.models import Address, User
from suite.mail import addresses


def address_of(email: str) -> Address | None:
    """The address, in any letter case, with its user."""
    return Address.objects.select_related("user").filter(email=addresses.key(email)).first()


def user_of(email: str) -> User | None:
    """The user to whom this address belongs, verified or not."""
    address = address_of(email)
    return address.user if address else None


def find_users(text: str) -> QuerySet[User]:
    """Users by a part of their name or of any of their addresses, each once."""
    if not text.isprintable():
        return User.objects.none()
    by_address = Address.objects.filter(email__icontains=text, user__isnull=False).values("user")
    return User.objects.filter(Q(display_name__icontains=text) | Q(pk__in=by_address)).order_by("display_name", "email")
