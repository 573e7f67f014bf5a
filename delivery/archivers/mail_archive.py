from functools import partial
from typing import ClassVar
from urllib.parse import quote

from django.conf import settings

from delivery.archivers.base import Copy, Ending
from delivery.draft import Send
from delivery.enums import BatchKind
from delivery.services import outbox
from lists.enums import ArchivePolicy
from lists.models import MailingList
from suite.mail import ids

URGENCY = 2
"""Behind notices and posts, as digests."""


class MailArchive:
    """The Mail Archive, mail-archive.com: gets posts of public lists by mail, and finds them by the hash of their Message-ID."""

    name: ClassVar[str] = "mail-archive"
    title: ClassVar[str] = "mail-archive.com, for lists with a public archive"

    def takes(self, mlist: MailingList) -> bool:
        return mlist.archive_policy == ArchivePolicy.PUBLIC

    def list_url(self, mlist: MailingList) -> str:
        return f"{_base()}{quote(mlist.posting_address)}"

    def permalink(self, mlist: MailingList, message_id: str) -> str:
        return f"{_base()}{ids.id_hash(message_id)}"

    def file(self, copy: Copy) -> Ending | None:
        """From then on it is mail like any other. A list that was closed meanwhile sends nothing more."""
        if not self.takes(copy.mlist):
            return None
        send = Send(
            header=copy.header,
            body=copy.body,
            body_changed=True,
            recipients=((None, settings.MAIL_ARCHIVE_ADDRESS, ""),),
            kind=BatchKind.BULK,
            return_path=copy.mlist.bounces_address,
        )
        return partial(outbox.plan, [outbox.Plan(send, copy.mlist, copy.arrival, copy.message_id, urgency=URGENCY)])


def _base() -> str:
    return f"{settings.MAIL_ARCHIVE_URL.rstrip('/')}/"
