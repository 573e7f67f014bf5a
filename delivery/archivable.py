"""Whether a post is archived: the list and its poster must both want it."""

from delivery.draft import Draft
from lists.enums import ArchivePolicy
from lists.models import MailingList


def is_archived(draft: Draft, mlist: MailingList) -> bool:
    return mlist.archive_policy != ArchivePolicy.NEVER and not refused_by_poster(draft)


def refused_by_poster(draft: Draft) -> bool:
    """X-No-Archive in any form, or `X-Archive: no`; asked of the letter as it came, for anonymous lists keep no such field."""
    headers = draft.candidate.parsed.headers
    return "X-No-Archive" in headers or headers.text("X-Archive").lower() == "no"
