from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.scanned import unscanned
from moderation.verdicts import Disposition, Hit, Note


class SpamAssassin:
    """SpamAssassin's score reaches one of the list's two limits: from the one on posts are held, from the other discarded."""

    name: ClassVar[str] = "spamassassin"
    title: ClassVar[str] = "SpamAssassin takes the message for spam"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | Note | None:
        finding = letter.scans.get(self.name)
        if finding is None:
            return None
        if finding.trouble:
            return unscanned(self.name, finding.trouble, mlist)
        limits = ((mlist.spam_discard_score, Disposition.DISCARD), (mlist.spam_hold_score, Disposition.HOLD))
        for limit, disposition in limits:
            if limit and finding.score >= limit:
                return Hit(
                    f"SpamAssassin's score is {finding.score:g}, the list's limit {limit:g}: {', '.join(finding.names)}.",
                    "Your message looks like spam.",
                    disposition,
                )
        return None
