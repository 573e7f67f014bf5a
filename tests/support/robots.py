"""Talking to a list's robot: mail in by the door's own function, answers out through a relay."""

import re
from dataclasses import dataclass

from archives.models import Arrival
from suite.mail.addresses import parse_mailboxes
from suite.mail.content import body_text
from suite.mail.parse import parse
from suite.mail.words import decode
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter


@dataclass(frozen=True)
class Heard:
    """A mail that went out: envelope recipient and sender, subject, header and text."""

    to: str
    envelope_sender: str
    raw: bytes

    @property
    def subject(self) -> str:
        return decode(parse(self.raw).headers.get("Subject") or b"")

    @property
    def text(self) -> str:
        return body_text(parse(self.raw))

    @property
    def words(self) -> str:
        """The text on one line, for what may be wrapped anywhere."""
        return " ".join(self.text.split())

    @property
    def sender(self) -> str:
        """The address in From."""
        return parse_mailboxes(self.field("From"))[0].address

    def field(self, name: str) -> str:
        return parse(self.raw).headers.text(name)


def ask(
    subject: str = "",
    body: str = "",
    *,
    sender: str = "bart@example.com",
    to: str = "dev-request@example.org",
    envelope: str | None = None,
    **fields: str,
) -> list[Heard]:
    """Write to a robot and wait; everything that was sent then, to whomever."""
    return ask_raw(letter(sender=sender, to=to, subject=subject, body=body, **fields), to, sender=envelope or sender)


def ask_raw(raw: bytes, to: str = "dev-request@example.org", *, sender: str = "bart@example.com") -> list[Heard]:
    """The same with a whole letter, from the envelope sender given; "<>" is the null one."""
    arrive(raw, to, sender=sender.removeprefix("<>"))
    return heard()


def heard() -> list[Heard]:
    """Work on all that waits; what went out."""
    with relay() as server:
        judge_all()
        send_all()
        return [Heard(delivery.recipient, delivery.sender, delivery.content) for delivery in server.deliveries]


def last_arrival() -> Arrival:
    return Arrival.objects.latest("pk")


def token_of(question: Heard) -> str:
    """The token that an answer to this mail carries."""
    found = re.search(r"\b[0-9a-f]{40}\b", f"{question.field('From')} {question.subject}")
    assert found, f"{question.subject!r} from {question.field('From')!r} asks nothing"
    return found[0]
