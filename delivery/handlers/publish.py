from typing import ClassVar

from delivery.draft import Draft
from lists.models import MailingList


class Publish:
    """Cut the letter that is published: cleansed, without anything the list adds afterwards.

    It is the very object that came in where no handler changed anything, so that it is stored once.
    """

    name: ClassVar[str] = "publish"
    title: ClassVar[str] = "Cut the letter that is published"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        raw = draft.headers.to_bytes() + draft.body
        draft.published = draft.received if raw == draft.received else raw
