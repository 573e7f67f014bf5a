from typing import ClassVar

from delivery.draft import Draft
from lists.models import MailingList
from suite.mail import address_lists


class TrimCc:
    """Take members who are spared the list's copy out of the visible Cc: answers to all would reach them twice again.

    The others keep order, names and encoding. What is published has Cc as it was written.
    """

    name: ClassVar[str] = "trim-cc"
    title: ClassVar[str] = "Take those who get no second copy out of Cc"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if not draft.spared:
            return
        values = [chunk.partition(b":")[2].strip() for name, chunk in draft.headers.raw_fields() if name == "cc"]
        after = address_lists.without(before := address_lists.join(values), draft.spared)
        if not after:
            draft.headers.remove("Cc")
        elif after != address_lists.without(before, ()):
            draft.headers.replace_raw("Cc", after)
