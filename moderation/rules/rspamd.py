from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.scanned import unscanned
from moderation.verdicts import Disposition, Hit, Note

ACTIONS = {"soft reject": Disposition.HOLD, "reject": Disposition.DISCARD}
"""What follows rspamd's advice. With all else (no action, greylist, add header, rewrite subject) the other rules decide."""


class Rspamd:
    """rspamd advises against the message."""

    name: ClassVar[str] = "rspamd"
    title: ClassVar[str] = "rspamd takes the message for spam"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | Note | None:
        finding = letter.scans.get(self.name)
        if finding is None:
            return None
        if finding.trouble:
            return unscanned(self.name, finding.trouble, mlist)
        why = f"rspamd says {finding.action!r} with a score of {finding.score:g}: {', '.join(finding.names)}"
        disposition = ACTIONS.get(finding.action)
        if disposition is None:
            return Note(self.name, why[:500]) if finding.action in ("add header", "rewrite subject") else None
        return Hit(f"{why}.", "Your message looks like spam.", disposition)
