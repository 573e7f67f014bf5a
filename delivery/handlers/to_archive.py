from typing import ClassVar

from delivery.draft import Archive, Draft
from lists.enums import ArchivePolicy
from lists.models import MailingList


class ToArchive:
    """Cut the letter that is published: cleansed, without anything the list adds afterwards.

    It is the very object that came in where no handler changed anything, so that it is stored once.
    """

    name: ClassVar[str] = "to-archive"
    title: ClassVar[str] = "File the post in the archive"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        raw = draft.headers.to_bytes() + draft.body
        draft.published = draft.received if raw == draft.received else raw
        if mlist.archive_policy != ArchivePolicy.NEVER and not refused_by_poster(draft):
            draft.intents.append(Archive(draft.published))


def refused_by_poster(draft: Draft) -> bool:
    """X-No-Archive in any form, or `X-Archive: no`; asked of the letter as it came, for anonymous lists keep no such field."""
    headers = draft.candidate.parsed.headers
    return "X-No-Archive" in headers or headers.text("X-Archive").lower() == "no"
