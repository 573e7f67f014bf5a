from typing import ClassVar

from delivery.draft import Draft
from lists.enums import Personalization, ReplyToMunging
from lists.models import MailingList
from suite.mail import address_lists, addresses

NO_CC = (ReplyToMunging.POINT_TO_LIST, ReplyToMunging.EXPLICIT_HEADER_ONLY)
"""Where the list is in Reply-To anyway, or its owner wants no answers to it."""


class PersonalTo:
    """On a fully personal list put the recipient into To. Then the list's address moves to Cc, for those who answer to all."""

    name: ClassVar[str] = "personal-to"
    title: ClassVar[str] = "Name the recipient in To"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if mlist.personalize == Personalization.FULL:
            draft.headers.replace("To", draft.placeholder("to"))
            if mlist.reply_goes_to_list not in NO_CC:
                add_to_cc(draft, mlist.posting_address)


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
