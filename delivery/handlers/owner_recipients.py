from typing import ClassVar

from django.conf import settings

from accounts.enums import DeliveryStatus
from delivery.draft import Draft
from delivery.enums import BatchKind
from lists import queries
from lists.models import MailingList


class OwnerRecipients:
    """Owners and moderators who have not stopped their mail, each mailbox once; where there is none, the site's owner.

    Each has a return path of his own (VERP), so that a bounce names him. They are no members to the sender, who asks members
    again before each attempt: who runs a list hears of it even when he has stopped its posts meanwhile.
    """

    name: ClassVar[str] = "owner-recipients"
    title: ClassVar[str] = "Address the mail to the owners and moderators"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        draft.kind = BatchKind.VERP
        mailboxes = {
            mailbox.email: (None, mailbox.original_email, mailbox.display_name)
            for row in queries.administrators(mlist)
            if row.effective("delivery_status") == DeliveryStatus.ENABLED and (mailbox := row.subscriber_address)
        }
        draft.recipients = [*mailboxes.values()] or [(None, settings.SITE_OWNER, "")]
