import re
from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Disposition, Hit
from suite.mail.content import attachments, body_text

_LINK = re.compile(r"\bhttps?://|\bwww\.", re.IGNORECASE)


class ProbationLimits:
    """A new member's post has more links than a newcomer's may have, or an attachment."""

    name: ClassVar[str] = "probation-limits"
    title: ClassVar[str] = "A new member's post has too many links, or attachments"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        if letter.accepted_posts is None:
            return None
        links = len(_LINK.findall(body_text(letter.parsed)))
        if links > mlist.probation_links:
            what = f"has {links} links; a new member's may have {mlist.probation_links}"
        elif not mlist.probation_attachments and attachments(letter.parsed):
            what = "has an attachment; a new member's may have none"
        else:
            return None
        return Hit(f"The message {what}.", f"Your message {what} in the first posts.", Disposition.REJECT)
