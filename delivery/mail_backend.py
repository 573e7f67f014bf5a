"""Django's door to the outbox: what `django.core.mail` sends is stored and sent like any other mail.

A mail is written in the caller's transaction, so it goes out if and only if what it tells of was committed.
"""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from delivery.services import notices
from suite.mail.addresses import parse_mailboxes


class OutboxBackend(BaseEmailBackend):
    """`settings.EMAIL_BACKEND`. One notice for each recipient; a `suite.common.outbox.KeyedMessage` goes once for its key."""

    def __init__(self, fail_silently: bool = False, **options: Any) -> None:
        super().__init__(fail_silently=fail_silently)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Store the messages. Returns how many were new."""
        stored = 0
        with transaction.atomic():
            for message in email_messages:
                recipients = [box.address for box in parse_mailboxes(", ".join(message.recipients()))]
                put = [notices.post(message, notices.key_of(message, recipient)) for recipient in recipients]
                stored += any(put)
        return stored
