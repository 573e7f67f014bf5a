from email.utils import format_datetime
from typing import ClassVar

from django.conf import settings

from archives.enums import Origin, Role
from delivery.draft import Draft, Posted, Recipient, Send
from delivery.enums import BatchKind
from lists.models import MailingList
from suite.common.version import PRODUCT
from suite.mail.headers import HeaderBlock, split_letter

COPY = "X-Mailman-Copy"
WITH = {Origin.LMTP: " with LMTP", Origin.WEB: " with HTTP"}
"""How letters come in, where a protocol brought them."""


class ToOutgoing:
    """Plan the sending of what the draft has become.

    Members who are named in To or Cc and want the list's copy all the same get a rendering of their own that says so, for
    all the others share one header.
    """

    name: ClassVar[str] = "to-outgoing"
    title: ClassVar[str] = "Send the post to its recipients"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        changed = split_letter(draft.received)[1] != draft.body
        marked = draft.headers.copy()
        marked.replace(COPY, "yes")
        for headers, named in ((draft.headers, False), (marked, True)):
            recipients = tuple(recipient for recipient in draft.recipients if (recipient[0] in draft.named) is named)
            posted = () if named else tuple(draft.posted)
            if recipients or posted:
                draft.intents.append(send(draft, mlist, headers, recipients, changed, posted))


def send(
    draft: Draft,
    mlist: MailingList,
    headers: HeaderBlock,
    recipients: tuple[Recipient, ...],
    body_changed: bool,
    posted: tuple[Posted, ...] = (),
) -> Send:
    return Send(
        header=traced(draft, mlist, headers).to_bytes(),
        body=draft.body,
        body_changed=body_changed,
        recipients=recipients,
        kind=copies(draft.kind, draft.number),
        return_path=(draft.through or mlist).bounces_address,
        mark=draft.mark if draft.kind == BatchKind.PERSONAL else "",
        through=draft.through,
        posted=posted,
    )


def traced(draft: Draft, mlist: MailingList, headers: HeaderBlock) -> HeaderBlock:
    """The block with a word on top of who passed the letter on (RFC 5321 §4.4): hosts count them to find circles.

    Not on an anonymous list: there is none of any kind.
    """
    if mlist.anonymous_list and draft.arrival.role == Role.POST:
        return headers
    arrival, block = draft.arrival, headers.copy()
    by = WITH.get(Origin(arrival.origin), "")
    block.prepend(
        "Received", f"by {mlist.mail_host} ({PRODUCT}){by} id {arrival.pk}; {format_datetime(arrival.received_at)}"
    )
    return block


def copies(kind: BatchKind, number: int) -> BatchKind:
    """Personal copies of this post share a return path where the site wants it so, but for every VERP_INTERVAL-th post."""
    interval = settings.VERP_INTERVAL
    if kind != BatchKind.PERSONAL or settings.VERP_PERSONALIZED or (interval and number % interval == 0):
        return kind
    return BatchKind.COPIES
