from typing import ClassVar

from delivery.draft import Draft
from lists.models import MailingList
from suite.common.version import PRODUCT, VERSION


class CookHeaders:
    """Mark the post as a list's: by the name of the product, and for machines that would answer it (RFC 3834 §2)."""

    name: ClassVar[str] = "cook-headers"
    title: ClassVar[str] = "Mark the post as a list's"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        draft.headers.replace("X-Mailman-Version", f"{PRODUCT} {VERSION}")
        if "Precedence" not in draft.headers:
            draft.headers.append("Precedence", "list")
