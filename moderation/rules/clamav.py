from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.scanned import unscanned
from moderation.verdicts import Disposition, Hit, Note


class ClamAV:
    """ClamAV finds something in the message that it knows. It may be wrong, so a moderator looks."""

    name: ClassVar[str] = "clamav"
    title: ClassVar[str] = "ClamAV finds malware in the message"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | Note | None:
        finding = letter.scans.get(self.name)
        if finding is None:
            return None
        if finding.trouble:
            return unscanned(self.name, finding.trouble, mlist)
        if not finding.names:
            return None
        return Hit(
            f"ClamAV finds {', '.join(finding.names)}. Do not open its attachments.",
            "A scanner finds malware in your message.",
            Disposition.HOLD,
        )
