from typing import ClassVar

from django.conf import settings

from delivery.draft import Draft
from lists.models import MailingList

FIELDS = ("DomainKey-Signature", "DKIM-Signature", "Authentication-Results")


class CleanseDkim:
    """Take away signatures that our changes will break, where the site wants that.

    By default they stay: RFC 6376 §6.1 asks receivers to treat a broken signature as none, and an unbroken one still speaks
    for the author.
    """

    name: ClassVar[str] = "cleanse-dkim"
    title: ClassVar[str] = "Remove signatures of others, where the site wants it"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if settings.REMOVE_DKIM_HEADERS:
            draft.headers.remove(*FIELDS)
