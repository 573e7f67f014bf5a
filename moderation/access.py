"""Who sees what waits: moderators and owners of the list, and nobody else. Pages get held posts only from here."""

from django.db.models import QuerySet
from django.http import Http404

from lists.access import Access, Person, Right, open_list
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from moderation.links import read_decide_token
from moderation.models import HeldMessage


def open_desk(user: Person, list_id: str) -> tuple[MailingList, Access]:
    """The list whose desk this is. Http404 without list, PermissionDenied for everybody who may not moderate."""
    return open_list(user, list_id, Right.MODERATE)


def waiting(mlist: MailingList) -> QuerySet[HeldMessage]:
    """Posts nobody has decided about yet, oldest first."""
    return HeldMessage.objects.filter(mlist=mlist, decision="").order_by("held_at", "pk")


def open_held(mlist: MailingList, pk: int) -> HeldMessage:
    """A post of this list's desk, decided or not, with its letter. One query. Http404 where the list has none of the kind."""
    rows = HeldMessage.objects.filter(mlist=mlist, pk=pk).select_related("arrival__letter", "decided_by")
    held = rows.first() if pk < 2**63 else None
    if held is None:
        raise Http404("There is no such held post.")
    held.mlist = mlist
    return held


def open_linked(mlist: MailingList, token: str) -> tuple[HeldMessage, Membership]:
    """The post that a notice's link is for, decided or not, and the moderator it was sent to. Two queries.

    Http404 for a forged or foreign token, and where the post, or the moderator's role, is gone.
    """
    found = read_decide_token(token, mlist.list_id)
    rows = Membership.objects.filter(mlist=mlist, role__in=(MemberRole.OWNER, MemberRole.MODERATOR))
    moderator = (
        rows.select_related("address__user", "user__preferred_address").filter(pk=found[1] if found else 0).first()
    )
    if found is None or moderator is None:
        raise Http404("There is no such link.")
    return open_held(mlist, found[0]), moderator
