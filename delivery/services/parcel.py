"""A batch as it is handed to a relay: the bytes, who gets them, under which return path."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings

from delivery.draft import Recipient
from delivery.enums import BatchKind
from delivery.models import Batch
from delivery.services.content import Content
from delivery.smtp import Session, Transaction
from suite.mail import verp
from suite.mail.addresses import wire, wire_domain

PERSONAL_GROUP = 20
"""Personal copies between two commits."""


@dataclass
class Parcel:
    """What a batch is about to send: its bytes, and how they are handed over."""

    batch: Batch
    content: Content

    @property
    def width(self) -> int:
        """Recipients between two commits."""
        if self.batch.kind != BatchKind.BULK:
            return PERSONAL_GROUP
        return settings.SMTP_RECIPIENTS or self.batch.size

    def transactions(self, recipients: Sequence[Recipient], session: Session) -> list[Transaction]:
        """One for all of them, or one for each, in as many bits as the relay takes."""
        batch, seven_bit = self.batch, self._in_seven_bits(session)
        if batch.kind == BatchKind.BULK:
            addresses = [_mailbox(recipient) for recipient in recipients]
            return [self._transaction(batch.return_path, addresses, self.content.shared(seven_bit=seven_bit))]
        secret, day = _signing(batch)
        return [
            self._transaction(
                _return_path(batch, recipient, secret, day),
                [_mailbox(recipient)],
                self.content.copy(recipient, seven_bit=seven_bit),
            )
            for recipient in recipients
        ]

    def _in_seven_bits(self, session: Session) -> bool:
        """Internationalised mail goes to relays with SMTPUTF8 alone, and these take eight bits (RFC 6531 §3.1)."""
        return not session.supports("8BITMIME") and not self.content.smtputf8

    def _transaction(self, sender: str, addresses: list[str], data: bytes | list[bytes]) -> Transaction:
        return Transaction(
            wire(sender) if sender else "",
            [wire(address) for address in addresses],
            data,
            eight_bit=self.content.eight_bit or (isinstance(data, list) and not all(map(bytes.isascii, data))),
            smtputf8=self.content.smtputf8,
        )


def _signing(batch: Batch) -> tuple[bytes, int]:
    """The key and the day of the signatures; no key where the site wants return paths as Mailman writes them."""
    secret = settings.KEY_RING.current("verp").secret.encode() if settings.VERP_SIGNED else b""
    return secret, verp.day_of(batch.created_at)


def _return_path(batch: Batch, recipient: Recipient, secret: bytes, day: int) -> str:
    if not batch.return_path or batch.kind == BatchKind.COPIES:
        return batch.return_path
    return verp.encode(batch.return_path, _mailbox(recipient), secret=secret, day=day)


def domain_of(recipient: Recipient) -> str:
    """Where his mail goes, as DNS has it."""
    return wire_domain(_mailbox(recipient))


def _mailbox(recipient: Recipient) -> str:
    """Whom the relay is told. On a site that only tries things out nobody but one, whoever was meant."""
    return settings.DEVMODE_RECIPIENT or recipient[1]
