"""Feedback reports (RFC 5965), as mailbox providers send them when somebody presses "this is spam"; and letters that mail
programs write where somebody presses "unsubscribe"."""

import re

from suite.mail import charsets, content
from suite.mail.autoreply import is_unsubscribing
from suite.mail.bounces.dsn import usable
from suite.mail.bounces.report import Complaint
from suite.mail.headers import HeaderBlock
from suite.mail.parse import Parsed
from suite.mail.structure import ENCLOSING, Part

_FIELDS = 64 * 1024  # octets of the machine-readable part
_RECIPIENTS = 100
_BARE = re.compile(r"[^\s<>;]+@[^\s<>;]+")
_JUNK_SUBJECT = re.compile(r"^\s*complaint about message from\b", re.IGNORECASE)
_JUNK_RECIPIENT = "X-HmXmrOriginalRecipient"
OPT_OUT = "opt-out"
"""No type of RFC 5965: somebody wants no more mail and complains of none. It names nobody, for From is not proved."""


def read(parsed: Parsed) -> Complaint | None:
    """The report in the letter; None when there is none."""
    if is_unsubscribing(parsed.headers):
        return Complaint(OPT_OUT)
    root = parsed.structure
    if root is None:
        return None
    for part in root.walk():
        if part.content_type == "message/feedback-report":
            return _complaint(HeaderBlock.parse(content.part_bytes(parsed.raw, part)[:_FIELDS].lstrip()))
    if _JUNK_SUBJECT.search(parsed.headers.text("Subject")):
        return _junk_report(root)
    if root.type.get("report-type").lower() == "feedback-report":
        return Complaint("other")
    return None


def _junk_report(root: Part) -> Complaint | None:
    """Outlook.com has no fields of its own: the letter encloses the message, which names the recipient."""
    enclosed = [part.children[0].headers for part in root.walk() if part.content_type in ENCLOSING and part.children]
    named = [_address(header.text(_JUNK_RECIPIENT)) for header in enclosed]
    return Complaint("abuse", tuple(filter(None, named))) if enclosed else None


def _complaint(fields: HeaderBlock) -> Complaint:
    named = [
        address
        for name in ("Original-Rcpt-To", "Removal-Recipient")
        for raw in fields.get_all(name)[:_RECIPIENTS]
        if (address := _address(charsets.to_text(raw)))
    ]
    return Complaint(
        feedback_type=fields.text("Feedback-Type").strip().lower() or "other",
        recipients=tuple(dict.fromkeys(named)),
        mail_from=_address(fields.text("Original-Mail-From")),
    )


def _address(value: str) -> str:
    found = _BARE.search(value)
    return found.group() if found and usable(found.group()) else ""
