from email.utils import format_datetime
from typing import ClassVar

from delivery.draft import Draft
from lists.models import MailingList
from suite.mail import ids


class MessageId:
    """RFC 5322 §3.6 asks for a Date and advises a Message-ID; replies and permalinks need the latter.

    Runs before the letter is filed, so that archive and members see the same id.
    """

    name: ClassVar[str] = "message-id"
    title: ClassVar[str] = "Complete Message-ID and Date"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        self._complete_id(draft, mlist)
        if not draft.headers.get("Date"):
            draft.headers.replace("Date", format_datetime(draft.arrival.received_at))

    def _complete_id(self, draft: Draft, mlist: MailingList) -> None:
        """An id that is missing, or that some programs write as `<[x@y]>`, which mail readers do not thread by."""
        identifier = ids.message_id(draft.headers)
        if not identifier:
            own = draft.arrival.message_id or ids.make_message_id(mlist.mail_host)
            draft.headers.replace("Message-ID", f"<{own}>")
        elif (draft.headers.get("Message-ID") or b"").startswith(b"<[") and not identifier.startswith("["):
            draft.headers.replace_raw("Message-ID", f"<{identifier}>".encode("utf-8", "replace"))
