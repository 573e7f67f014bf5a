from typing import ClassVar

from delivery.archivable import is_archived
from delivery.draft import Archive, Draft
from lists.models import MailingList


class ToArchive:
    """File what is published, unless the list has no archive or the poster wants to be in none."""

    name: ClassVar[str] = "to-archive"
    title: ClassVar[str] = "File the post in the archive"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if draft.published is not None and is_archived(draft, mlist):
            draft.intents.append(Archive(draft.published))
