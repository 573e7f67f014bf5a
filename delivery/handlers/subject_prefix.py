from typing import ClassVar

from delivery.draft import Draft
from lists.models import MailingList
from suite.mail import subjects


class SubjectPrefix:
    """Put the list's prefix before the subject: once, first, and whatever charset the subject came in.

    A list without prefix, and a subject that already reads as it should, leave the field's bytes alone.
    """

    name: ClassVar[str] = "subject-prefix"
    title: ClassVar[str] = "Put the list's prefix before the subject"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if not mlist.subject_prefix.strip():
            return
        subject = draft.headers.text("Subject")
        prefixed = subjects.add_prefix(subject, mlist.subject_prefix, draft.number)
        if prefixed != subject:
            draft.headers.replace("Subject", prefixed)
