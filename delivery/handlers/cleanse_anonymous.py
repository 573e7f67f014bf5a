from email.utils import format_datetime
from typing import ClassVar

from django.conf import settings

from archives.enums import State
from delivery.draft import Draft, Drop
from lists.models import MailingList
from suite.mail import addresses, anonymity, ids
from suite.mail.addresses import format_mailbox

OPAQUE = "The message has more parts than can be looked through, and this list lets nothing tell who wrote."


class CleanseAnonymous:
    """On an anonymous list, leave nothing that tells who posted: not in the copies, the archive, the digest.

    The post is the list's then, with an id of the list's own. Conversations still hold together, for those who answer refer to
    that id.
    """

    name: ClassVar[str] = "cleanse-anonymous"
    title: ClassVar[str] = "Remove who posted, on an anonymous list"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if not mlist.anonymous_list:
            return
        if draft.parsed.structure is None:
            draft.drop = Drop(State.REJECTED, self.name, OPAQUE)
            return
        own, sent = mlist.posting_address, format_datetime(draft.arrival.received_at)
        draft.headers, draft.body = anonymity.anonymous(
            draft.parsed,
            draft.headers,
            host=mlist.mail_host,
            keep=settings.ANONYMOUS_KEEP_HEADERS,
            domains=domains(draft),
        )
        draft.headers.replace("From", format_mailbox(" ".join(mlist.description.split()), own))
        draft.headers.replace("To", own)
        draft.headers.replace("Reply-To", own)
        draft.headers.replace("Message-ID", f"<{ids.make_message_id(mlist.mail_host)}>")
        if "Date" not in draft.headers:
            draft.headers.append("Date", sent)


def domains(draft: Draft) -> set[str]:
    """Where the poster's mail comes from, by all that the letter claims."""
    claimed = {sender.address for sender in draft.candidate.senders} | {addresses.key(draft.arrival.sender)}
    return {domain for address in claimed if (domain := addresses.split(address)[1])}
