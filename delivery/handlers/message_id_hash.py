from typing import ClassVar

from delivery.draft import Draft
from lists.models import MailingList
from suite.mail import ids

FIELDS = ("Message-ID-Hash", "X-Message-ID-Hash")
"""The second is the older spelling, which archivers and filters still look for."""


class MessageIdHash:
    """The key of the post's permalink, for archivers that know nothing else of us. The poster's own is replaced."""

    name: ClassVar[str] = "message-id-hash"
    title: ClassVar[str] = "Add the hash of the Message-ID"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        digest = ids.id_hash(ids.message_id(draft.headers))
        for field in FIELDS:
            draft.headers.replace(field, digest)
