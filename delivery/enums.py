"""States and kinds of outgoing mail."""

from django.db import models


class BatchKind(models.TextChoices):
    """How the recipients of a batch are served."""

    BULK = "bulk", "same bytes, many recipients a transaction"
    VERP = "verp", "same bytes, own return path each"
    PERSONAL = "personal", "own bytes and own return path each"
    COPIES = "copies", "own bytes, same return path"


class BatchState(models.TextChoices):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class OutcomeState(models.TextChoices):
    DEFERRED = "deferred"
    SENT = "sent"
    REFUSED = "refused"
    EXPIRED = "expired"


class NewsState(models.TextChoices):
    """How far a post is on its way to a newsgroup."""

    WAITING = "waiting"
    POSTED = "posted"
    REFUSED = "refused"
    EXPIRED = "expired"


class BounceKind(models.TextChoices):
    """What an enhanced status code says of the mailbox (RFC 3463)."""

    HARD = "hard", "the mailbox does not exist"
    SOFT = "soft", "the mailbox could not take it"
    POLICY = "policy", "the message was not wanted; says nothing of the mailbox"


class BounceSource(models.TextChoices):
    SMTP = "smtp", "answer of the relay"
    DSN = "dsn", "delivery report"
    PROBE = "probe", "our question, sent back"
    COMPLAINT = "complaint", "feedback report"


class BounceCause(models.TextChoices):
    """Why, in an owner's words. Values are those of `suite.mail.bounces.report.Cause`."""

    NO_MAILBOX = "no-mailbox", "there is no such mailbox"
    NO_DOMAIN = "no-domain", "there is no such domain, or it takes no mail"
    DISABLED = "disabled", "the mailbox is switched off"
    FULL = "full", "the mailbox is full"
    TOO_BIG = "too-big", "the message was too large"
    AUTHENTICATION = "authentication", "the author's domain does not let others send its mail (DMARC, SPF, DKIM)"
    BLOCKLIST = "blocklist", "this server stands on a blocklist"
    CONTENT = "content", "the message was taken for spam or dangerous"
    POLICY = "policy", "the other side's rules refused the message"
    UNREACHABLE = "unreachable", "the other side could not be reached in time"
    LOOP = "loop", "the message went in circles"
    OTHER = "other", "no reason was given that we know"
