"""The addresses of a list that somebody answers (`archives.services.intake.SERVED_ROLES`): pages name no others."""

from dataclasses import dataclass

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from archives.enums import Role
from archives.services import intake
from lists.models import MailingList

register = template.Library()

LABELS: dict[Role, Promise] = {
    Role.POST: _("Write to everybody"),
    Role.JOIN: _("Join"),
    Role.LEAVE: _("Leave"),
    Role.OWNER: _("Ask the owners"),
}


@dataclass(frozen=True, slots=True)
class Way:
    label: Promise
    address: str


@register.simple_tag
def list_ways(mlist: MailingList) -> list[Way]:
    """What people can write to, and what for."""
    found = ((label, list_address(mlist, role)) for role, label in LABELS.items())
    return [Way(label, address) for label, address in found if address]


@register.simple_tag
def list_address(mlist: MailingList, role: str) -> str:
    """The list's address for this role; empty where nobody answers it yet."""
    if role not in intake.SERVED_ROLES:
        return ""
    return mlist.posting_address if role == Role.POST else mlist.subaddress(str(role))
