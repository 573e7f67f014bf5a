from typing import ClassVar

from django.conf import settings

from delivery.draft import Draft
from delivery.enums import BatchKind
from lists.enums import Personalization
from lists.links import works_in_one_click
from lists.models import MailingList


class Personalize:
    """Choose how copies are made: one for all, or each member's own."""

    name: ClassVar[str] = "personalize"
    title: ClassVar[str] = "Choose whether each member gets a copy of his own"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        draft.kind = kind_of(mlist, draft.number)


def kind_of(mlist: MailingList, number: int) -> BatchKind:
    """Personal where the list is, or where each copy is to have its own way out; else every POSTHOUSE_VERP_INTERVAL-th post
    has a return path for each member."""
    own_way_out = settings.ONE_CLICK and mlist.include_rfc2369_headers and works_in_one_click(mlist)
    if mlist.personalize != Personalization.NONE or own_way_out:
        return BatchKind.PERSONAL
    interval = settings.VERP_INTERVAL
    return BatchKind.VERP if interval and number % interval == 0 else BatchKind.BULK
