"""Header checks as others look at them."""

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from lists.models import MailingList
from moderation.models import HeaderMatch


def header_matches(mlist: MailingList) -> QuerySet[Any]:
    """The list's header checks in the order in which they are asked, each with its `place` among all of them, 0 the first."""
    before = Q(position__lt=OuterRef("position")) | Q(position=OuterRef("position"), pk__lt=OuterRef("pk"))
    earlier = HeaderMatch.objects.filter(before, mlist=mlist).order_by().values("mlist").annotate(number=Count("pk"))
    return mlist.header_matches.annotate(place=Coalesce(Subquery(earlier.values("number")), 0)).order_by("place")
