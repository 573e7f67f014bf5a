"""How commands name a member of a list."""

from django.core.management.base import CommandError
from django.db.models import Q

from lists.enums import MemberRole
from lists.models import MailingList, Membership
from lists.queries import members
from suite.mail import addresses


def member_named(mlist: MailingList, address: str) -> Membership:
    """The member who gets mail at this address, in any letter case. Raises CommandError."""
    key = addresses.key(address)
    by_user = Q(address__isnull=True, user__preferred_address__email=key)
    found = members(mlist, MemberRole.MEMBER).filter(Q(address__email=key) | by_user).order_by("user").first()
    if found is None:
        raise CommandError(f"{address} is no member of {mlist}.")
    return found
