"""Which lists and members have an endpoint."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import BooleanField, QuerySet, Value
from django.db.models.expressions import RawSQL

from delivery.models import Endpoint
from lists.models import MailingList

_CONCERNED = "EXISTS (SELECT 1 FROM delivery_endpoint e WHERE e.mlist_id = lists_mailinglist.id AND e.off_at IS NULL)"


@dataclass(slots=True)
class Chosen:
    """The endpoints of one list that are on: its own, and those of members by their membership ids."""

    whole: Endpoint | None = None
    members: dict[int, int] = field(default_factory=dict)


def in_use() -> bool:
    """Whether posts go over HTTP: where the site wants it, and not where all mail goes to the developer."""
    return settings.HTTP_DELIVERY and not settings.DEVMODE_RECIPIENT


def with_endpoints(lists: QuerySet[MailingList]) -> QuerySet[MailingList]:
    """These lists, knowing whether they or members of theirs have endpoints: then posts to those without cost no query for it."""
    concerned = RawSQL(_CONCERNED, (), BooleanField()) if in_use() else Value(False)  # noqa: S611 - our own constants
    return lists.annotate(has_endpoints=concerned)


def has_endpoints(mlist: MailingList) -> bool:
    """Whether there may be any: known where the list came `with_endpoints()`."""
    return bool(getattr(mlist, "has_endpoints", in_use()))


def of_lists(lists: Collection[int]) -> dict[int, Chosen]:
    """The endpoints that are on, by the list's key. 1 statement."""
    found = {pk: Chosen() for pk in lists}
    for row in Endpoint.objects.filter(mlist__in=lists, off_at__isnull=True).order_by("pk"):
        if row.membership_id is None:
            found[row.mlist_id].whole = row
        else:
            found[row.mlist_id].members[row.membership_id] = row.pk
    return found
