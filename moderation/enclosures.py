"""What goes along with a notice about a post: the post as it came, and, for moderators, a letter whose answer decides."""

from datetime import datetime

from django.conf import settings

from lists import notices
from lists.models import MailingList
from moderation import approved
from suite.common.outbox import Part
from suite.mail import enclosing
from suite.mail.addresses import format_mailbox
from suite.mail.parse import Parsed


def original(parsed: Parsed) -> Part:
    """The letter as `whole()` has it; of one that is too large the header alone (RFC 6522 §4)."""
    if is_too_large(parsed):
        return "text/rfc822-headers", _headers(parsed)[: settings.NOTICE_ORIGINAL_LIMIT]
    return whole(parsed)


def whole(parsed: Parsed) -> Part:
    """The letter, byte by byte but for passwords."""
    return "message/rfc822", _headers(parsed) + approved.body_without_marks(parsed)


def _headers(parsed: Parsed) -> bytes:
    headers = parsed.headers.copy()
    headers.remove(*approved.FIELDS)
    return headers.to_bytes()


def is_too_large(parsed: Parsed) -> bool:
    return len(parsed.raw) > settings.NOTICE_ORIGINAL_LIMIT


def note(parsed: Parsed, mlist: MailingList, language: str) -> str:
    """What is said below a notice that has the header alone; empty where the letter goes along."""
    if not is_too_large(parsed):
        return ""
    size = -(-len(parsed.raw) // 1024)
    return "\n" + notices.render("list:any:note:header-only", mlist, language=language, size=size)[1]


def stub(mlist: MailingList, token: str, language: str, now: datetime) -> Part:
    """A letter from the list's robot: the answer to it goes there with the token in its subject."""
    subject, text = notices.render("list:admin:action:post-by-mail", mlist, language=language, token=token)
    fields = {
        "From": format_mailbox(mlist.display_name, mlist.request_address),
        "To": mlist.owner_address,
        "Subject": subject,
        "Auto-Submitted": "auto-generated",
    }
    return "message/rfc822", enclosing.letter(fields, text, now)
