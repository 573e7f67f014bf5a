from typing import ClassVar

from delivery.draft import Draft, Tell
from lists import notices
from lists.models import MailingList
from moderation.notices import answering, may_tell
from suite.mail.autoreply import may_answer

KIND = "acknowledged"


class Acknowledge:
    """Tell a poster who wants to hear of it that his post has gone out, in his language. No statement where he does not."""

    name: ClassVar[str] = "acknowledge"
    title: ClassVar[str] = "Acknowledge the post to its sender"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        candidate, arrival = draft.candidate, draft.arrival
        sender = candidate.senders[0] if candidate.senders else None
        if sender is None or sender.membership is None or not sender.membership.effective("acknowledge_posts"):
            return
        if not may_tell(mlist, sender.address) or not may_answer(candidate.parsed.headers, arrival.sender):
            return
        language = sender.membership.effective("preferred_language")
        words = notices.render(
            "list:user:notice:post", mlist, language=language, subject=candidate.subject or "(no subject)"
        )
        draft.intents.append(Tell(KIND, sender.written or sender.address, *words, headers=answering(arrival)))
