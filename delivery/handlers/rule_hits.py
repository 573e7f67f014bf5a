from typing import ClassVar

from delivery.draft import Draft
from lists.models import MailingList

HITS, MISSES, APPROVED_AT = "X-Mailman-Rule-Hits", "X-Mailman-Rule-Misses", "X-Mailman-Approved-At"


class RuleHits:
    """Say which rules were asked and what they found, under the names that filters of Mailman's users look for.

    A post that waited for a moderator shows what was found when it came, and when it was let through.
    """

    name: ClassVar[str] = "rule-hits"
    title: ClassVar[str] = "Say what the rules found"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        draft.headers.remove(HITS, MISSES, APPROVED_AT)
        found = draft.verdict.as_json() if draft.verdict else draft.arrival.verdict
        for field, names in ((HITS, found.get("hits")), (MISSES, found.get("misses"))):
            if names:
                draft.headers.append(field, "; ".join(names))
        if draft.verdict is None:
            draft.headers.append(APPROVED_AT, draft.arrival.state_at.isoformat(timespec="seconds"))
