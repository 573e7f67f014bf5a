"""Digests for tests: made as workers make them, sent to a relay that remembers."""

import email
from email import policy
from email.message import EmailMessage
from typing import Any

from accounts.enums import DeliveryMode
from delivery.services import digests
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

MIME: dict[str, Any] = {"delivery_mode": DeliveryMode.MIME_DIGESTS}
PLAIN: dict[str, Any] = {"delivery_mode": DeliveryMode.PLAINTEXT_DIGESTS}
SUMMARY: dict[str, Any] = {"delivery_mode": DeliveryMode.SUMMARY_DIGESTS}
REGULAR: dict[str, Any] = {"delivery_mode": DeliveryMode.REGULAR}


def post(*subjects: str, **fields: Any) -> None:
    """These posts, published one after the other."""
    for subject in subjects:
        arrive(letter(subject=subject, **fields))
        judge_all()


def deliver() -> list[tuple[str, EmailMessage]]:
    """Make the closed issues, send all there is: recipient and mail of each."""
    digests.work()
    with relay() as server:
        send_all()
    return [(one.recipient, email.message_from_bytes(one.content, policy=policy.default)) for one in server.deliveries]


def shown(message: EmailMessage) -> list[str]:
    """The subjects of the messages in a MIME digest; of any other mail its own."""
    found = [part for part in message.walk() if part.get_content_type() == "multipart/digest"]
    if not found:
        return [str(message["Subject"])]
    return [str(part.get_content()["Subject"]) for part in found[0].iter_parts()]
