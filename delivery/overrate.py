"""Which 4xx answers say that a domain has had too much of us for now (as providers write them; the codes alone say little)."""

import re

from delivery.smtp import Reply, SmtpError

FLOOD = "4.7.28"
"""Mail flood detected (IANA's registry of enhanced status codes)."""
_CLOSING = 421
_SUBJECTS = ("4.2.1", "4.3.2", "4.4.5", "4.5.", "4.7.")
"""Classes (RFC 3463) under which providers tell of a rate: busy mailbox, busy host, congestion, policy."""
_RATE = re.compile(
    r"\brate\b|rate.?limit|throttl|too (?:fast|frequent|often)|slow down|(?:unusual|unexpected|excessive|high) (?:volume|amount)"
    r"|too many (?:messages|mails|emails|connections|sessions|deliveries|concurrent|requests)"
    r"|(?:sending|hourly|daily|message|connection)s? (?:limit|quota)|limit\w* (?:the )?number of (?:messages|connections)"
    r"|server busy|try again more slowly",
    re.IGNORECASE,
)
_OF_THE_SESSION = re.compile(
    r"too many (?:errors|invalid|unknown|bad|commands)|shut(?:ting)? ?down|time.?out|idle", re.IGNORECASE
)


def over_rate(reply: Reply) -> bool:
    """Whether to come slower helps. A greylist, a full mailbox, a server that goes down are something else."""
    if not reply.temporary or _OF_THE_SESSION.search(reply.text):
        return False
    if reply.enhanced == FLOOD:
        return True
    if reply.enhanced and not reply.enhanced.startswith(_SUBJECTS):
        return False
    if reply.code == _CLOSING and reply.enhanced[:4] in ("", "4.7."):
        return True
    return _RATE.search(reply.text) is not None


def of_the_mailbox(reply: Reply) -> bool:
    """Whether one mailbox has had too much (X.2.X), rather than all of its domain: it is put off by itself, too."""
    return reply.enhanced.startswith("4.2.")


def ended_by(error: Exception | None) -> Reply | None:
    """The answer to a recipient's RCPT, or to DATA, that says so and ended the session (421)."""
    if isinstance(error, SmtpError) and error.at is not None and error.reply is not None and over_rate(error.reply):
        return error.reply
    return None
