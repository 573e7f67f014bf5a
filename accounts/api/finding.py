"""What a path of the API names: a user, an address."""

from uuid import UUID

from accounts.models import Address, User
from suite.common.rest.errors import BadRequest, NotFound
from suite.common.rest.values import person
from suite.mail import addresses


def user_of(word: str) -> User:
    """The user of this id, or of this address in any letter case. One query. Raises NotFound."""
    users = User.objects.select_related("preferred_address")
    try:
        key = person(word)
    except ValueError:
        raise NotFound("") from None
    found = users.filter(pk=key) if isinstance(key, UUID) else users.filter(addresses__email=_key(key))
    user = found.first()
    if user is None:
        raise NotFound("")
    return user


def address_at(email: str) -> Address:
    """The address, in any letter case, with its user. One query. Raises NotFound."""
    address = Address.objects.select_related("user").filter(email=_key(email)).first()
    if address is None:
        raise NotFound("")
    return address


def user_by_id(user_id: UUID) -> User:
    """The user whom a parameter names. One query. Raises BadRequest, for the path is right."""
    user = User.objects.select_related("preferred_address").filter(pk=user_id).first()
    if user is None:
        raise BadRequest("No such user")
    return user


def _key(email: str) -> str:
    """The key of an address; empty, which no row has, for what is none and maybe no text to a database."""
    return addresses.key(email) if addresses.is_valid(email) else ""
