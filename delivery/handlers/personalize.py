from typing import ClassVar

from django.conf import settings

from delivery.draft import Draft
from delivery.enums import BatchKind
from lists.enums import Personalization, ReplyToMunging
from lists.links import works_in_one_click
from lists.models import MailingList
from suite.mail import address_lists, addresses

NO_CC = (ReplyToMunging.POINT_TO_LIST, ReplyToMunging.EXPLICIT_HEADER_ONLY)
"""Where the list is in Reply-To anyway, or its owner wants no answers to it."""


class Personalize:
    """Choose how copies are made, and on a fully personal list put the recipient into To.

    Then the list's address moves to Cc, for those who answer to all.
    """

    name: ClassVar[str] = "personalize"
    title: ClassVar[str] = "Make each member a copy of his own"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        draft.kind = kind_of(mlist, draft.number)
        if mlist.personalize == Personalization.FULL:
            draft.headers.replace("To", draft.placeholder("to"))
            if mlist.reply_goes_to_list not in NO_CC:
                add_to_cc(draft, mlist.posting_address)


def kind_of(mlist: MailingList, number: int) -> BatchKind:
    """Personal where the list is, or where each copy is to have its own way out; else every POSTHOUSE_VERP_INTERVAL-th post
    has a return path for each member."""
    own_way_out = settings.ONE_CLICK and mlist.include_rfc2369_headers and works_in_one_click(mlist)
    if mlist.personalize != Personalization.NONE or own_way_out:
        return BatchKind.PERSONAL
    interval = settings.VERP_INTERVAL
    return BatchKind.VERP if interval and number % interval == 0 else BatchKind.BULK


def add_to_cc(draft: Draft, address: str) -> None:
    """Name the address in Cc once, behind those who are there already."""
    named = {
        addresses.key(mailbox.address)
        for value in draft.headers.get_all("Cc")
        for mailbox in addresses.parse_mailboxes(value)
    }
    if address not in named:
        given = [chunk.partition(b":")[2].strip() for name, chunk in draft.headers.raw_fields() if name == "cc"]
        draft.headers.replace_raw("Cc", address_lists.join([*given, address.encode()]))
