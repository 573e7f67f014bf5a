"""Delivery reports (RFC 3464), as a mail system that has taken a mail and then could not deliver it sends them."""

import logging
import secrets
import smtplib
import time
from email.utils import formatdate

from django.conf import settings

from delivery.sandbox import store
from suite.mail.headers import split_letter

log = logging.getLogger(__name__)

SUBJECT = "Undelivered Mail Returned to Sender"
NO_USER = "550 5.1.1 No such mailbox in this sandbox"


def bounce(return_path: str, recipients: list[str], raw: bytes) -> None:
    """Report to the site's LMTP door that these recipients did not get it. The sandbox shows the report, too."""
    letter = report(return_path, recipients, raw)
    store.keep(time.time(), "", [return_path], SUBJECT, letter)
    try:
        with smtplib.LMTP(settings.LMTP_HOST, settings.LMTP_PORT, timeout=30) as door:
            door.sendmail("", [return_path], letter)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("to=%s the site did not take its bounce: %s", return_path, error)


def report(return_path: str, recipients: list[str], raw: bytes) -> bytes:
    """A multipart/report (RFC 6522): words, status fields, and the header of what was sent."""
    mark = f"=_{secrets.token_hex(12)}"
    header, _ = split_letter(raw)
    head = (
        "From: Mail Delivery System <mailer-daemon@sandbox.invalid>\r\n"
        f"To: {return_path}\r\nSubject: {SUBJECT}\r\nDate: {formatdate(usegmt=True)}\r\n"
        f"Message-ID: <{secrets.token_hex(12)}@sandbox.invalid>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{mark}"\r\n\r\n'
    )
    words = "Your message could not be delivered to:\r\n\r\n" + "".join(f"{who}\r\n" for who in recipients)
    status = "Reporting-MTA: dns; sandbox.invalid\r\n" + "".join(
        f"\r\nFinal-Recipient: rfc822; {who}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; {NO_USER}\r\n"
        for who in recipients
    )
    parts = (
        (b"text/plain; charset=utf-8", words.encode()),
        (b"message/delivery-status", status.encode()),
        (b"text/rfc822-headers", header),
    )
    body = b"".join(b"--%b\r\nContent-Type: %b\r\n\r\n%b\r\n" % (mark.encode(), kind, text) for kind, text in parts)
    return head.encode() + body + b"--%b--\r\n" % mark.encode()
