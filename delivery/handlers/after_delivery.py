from typing import ClassVar

from archives.enums import Role
from delivery.draft import Draft
from lists.models import MailingList


class AfterDelivery:
    """Count the post among the list's: it has its number, the next one gets the next, and the list has posted just now."""

    name: ClassVar[str] = "after-delivery"
    title: ClassVar[str] = "Count the post"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        draft.counts = draft.arrival.role == Role.POST
