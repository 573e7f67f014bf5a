"""What waits at a list's desk, for the list's menu."""

from django import template

from lists.models import MailingList
from moderation.models import HeldMessage

register = template.Library()


@register.simple_tag
def held_count(mlist: MailingList) -> int:
    """Posts that wait for a moderator of this list. One query."""
    return HeldMessage.objects.filter(mlist=mlist, decision="").count()
