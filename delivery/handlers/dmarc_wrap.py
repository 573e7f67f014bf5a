from typing import ClassVar

from delivery.draft import Draft
from lists.enums import DMARCMitigateAction, ReplyToMunging
from lists.models import MailingList
from suite.mail import munging

NOTES = {"dmarc", "dmarc-always"}
"""The rule dmarc-mitigation leaves one of them where a post needs this."""


class DmarcWrap:
    """Put the post inside a mail of the list's own, where its author's domain forbids others to send in its name.

    Inside is the letter as it was published, so that its signatures hold there. The list's footer stands beside it.
    """

    name: ClassVar[str] = "dmarc-wrap"
    title: ClassVar[str] = "Wrap the post where the author's domain asks for it"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if mlist.dmarc_mitigate_action != DMARCMitigateAction.WRAP_MESSAGE or mlist.anonymous_list:
            return
        if not (NOTES & draft.notes.keys() or mlist.dmarc_mitigate_unconditionally):
            return
        draft.body = munging.wrap_message(
            draft.headers,
            draft.published or draft.headers.to_bytes() + draft.body,
            mlist.display_name,
            mlist.posting_address,
            answers="Reply-To" if mlist.reply_goes_to_list == ReplyToMunging.NO_MUNGING else "Cc",
            host=mlist.mail_host,
            text=mlist.dmarc_wrapped_message_text,
        )
