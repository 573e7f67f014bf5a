from typing import ClassVar

from lists.enums import NewsgroupModeration
from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit


class NewsModeration:
    """The newsgroup that the list is joined to is moderated, and the list's moderators are its own."""

    name: ClassVar[str] = "news-moderation"
    title: ClassVar[str] = "The newsgroup of the list is moderated"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        if mlist.newsgroup_moderation != NewsgroupModeration.MODERATED:
            return None
        return Hit("The newsgroup that the list is joined to is moderated.", "Posts to this list are moderated.")
