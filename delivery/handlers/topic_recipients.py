from typing import ClassVar

from delivery.draft import Draft
from lists.models import MailingList
from lists.services import topics


class TopicRecipients:
    """Spare members the posts about topics they did not choose, one by one and in digests. One statement, where topics are on."""

    name: ClassVar[str] = "topic-recipients"
    title: ClassVar[str] = "Leave out members who chose other topics"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if not mlist.topics_enabled or not (draft.recipients or draft.readers):
            return
        spared = topics.unwilling(mlist, draft.topics)
        if spared:
            draft.recipients = [recipient for recipient in draft.recipients if recipient[0] not in spared]
            draft.readers = [reader for reader in draft.readers if reader[0] not in spared]
