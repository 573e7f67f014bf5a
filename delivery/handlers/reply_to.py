from typing import ClassVar

from delivery.draft import Draft
from lists.enums import ReplyToMunging
from lists.models import MailingList
from suite.mail import address_lists, addresses
from suite.mail.addresses import Mailbox

NO_MUNGING, POINT_TO_LIST, EXPLICIT, EXPLICIT_ONLY = ReplyToMunging


class ReplyTo:
    """One Reply-To at most: the explicit address first, the poster's own unless stripped, the list last, nobody twice.

    | reply_goes_to_list | explicit address | poster's own | list |
    |---|---|---|---|
    | no_munging | | unless stripped | |
    | point_to_list | | unless stripped | yes |
    | explicit_header | yes | unless stripped | |
    | explicit_header_only | yes | | |
    """

    name: ClassVar[str] = "reply-to"
    title: ClassVar[str] = "Set where replies go"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        given = draft.headers.get_all("Reply-To")
        munging = ReplyToMunging(mlist.reply_goes_to_list)
        stripped = mlist.first_strip_reply_to or munging is EXPLICIT_ONLY
        if munging is NO_MUNGING and (not given or (len(given) == 1 and not stripped)):
            return
        wanted = []
        if munging in (EXPLICIT, EXPLICIT_ONLY) and mlist.reply_to_address:
            wanted.append(Mailbox("", mlist.reply_to_address))
        if not stripped:
            wanted += [mailbox for value in given for mailbox in addresses.parse_mailboxes(value)]
        if munging is POINT_TO_LIST:
            wanted = [mailbox for mailbox in wanted if addresses.key(mailbox.address) != mlist.posting_address]
            wanted.append(Mailbox(" ".join(mlist.description.split()), mlist.posting_address))
        write(draft, wanted)


def write(draft: Draft, mailboxes: list[Mailbox]) -> None:
    """Replace Reply-To by these mailboxes, the first of each address; remove it where there is none."""
    once: dict[str, Mailbox] = {}
    for mailbox in mailboxes:
        once.setdefault(addresses.key(mailbox.address), mailbox)
    entries = address_lists.written(once.values())
    if entries:
        draft.headers.replace("Reply-To", ", ".join(entries))
    else:
        draft.headers.remove("Reply-To")
