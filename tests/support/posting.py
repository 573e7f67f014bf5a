"""Posts for tests: kept as every door keeps them, and worked on as workers do."""

from email.utils import formatdate
from itertools import count

from archives.enums import Origin
from archives.models import Arrival
from archives.services.intake import Incoming, keep
from delivery import journey
from lists.addressing import resolve
from suite.mail import wire
from tests.support.waiting import PATIENCE

_serial = count(1)


def letter(
    *,
    sender: str = "Bart <bart@example.com>",
    to: str = "dev@example.org",
    subject: str = "Hello",
    body: str = "Good morning.\n",
    message_id: str | None = None,
    **fields: str,
) -> bytes:
    """A letter with CRLF; further words are header fields, `in_reply_to` being In-Reply-To."""
    names = {name.replace("_", "-").title(): value for name, value in fields.items()}
    message_id = message_id or f"post{next(_serial)}@example.com"
    date = formatdate(usegmt=True)
    head = {"Date": date, "From": sender, "To": to, "Subject": subject, "Message-ID": f"<{message_id}>"} | names
    text = "".join(f"{name}: {value}\n" for name, value in head.items()) + "\n" + body
    return wire.normalise_newlines(text.encode())


def arrive(raw: bytes, *recipients: str, sender: str = "bart@example.com") -> list[Arrival]:
    """Keep a letter for these addresses (dev@example.org without any); the arrivals, repeats left out."""
    recipients = recipients or ("dev@example.org",)
    incoming = Incoming(raw, sender, tuple(map(resolve, recipients)), recipients, Origin.LMTP)
    [answers] = keep([incoming])
    return [Arrival.objects.get(pk=kept.arrival_id) for kept in answers if kept.arrival_id]


def judge_all() -> None:
    """What a judge bell does."""
    journey.judge(seconds=PATIENCE)
