"""How commands name lists and roles."""

from django.core.management.base import CommandError
from django.db.models import Q

from lists.enums import MemberRole
from lists.models import MailingList


def list_named(name: str) -> MailingList:
    """The list of this posting address or list-id, in any letter case. Raises CommandError."""
    local, _, host = name.lower().rpartition("@")
    by_address = Q(list_name=local, domain__mail_host=host)
    mlist = MailingList.objects.select_related("domain").filter(Q(list_id=name.lower()) | by_address).first()
    if mlist is None:
        raise CommandError(f"There is no list {name}.")
    return mlist


def role_named(name: str) -> MemberRole:
    try:
        return MemberRole.from_wire(name)
    except ValueError as error:
        raise CommandError(f"There is no role {name}. {error}") from error
