"""Planning: a rendering, and its recipients frozen into batches. Always inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from archives.models import Arrival
from archives.services.inserting import as_row, insert_rows
from delivery.clock import at_once
from delivery.draft import Recipient, Send
from delivery.enums import BatchKind
from delivery.models import Batch, Rendering
from lists.models import MailingList
from suite.common import bells
from suite.common.enums import BellKind
from suite.mail import wire
from suite.mail.addresses import parse_mailboxes
from suite.mail.headers import HeaderBlock

ADDRESS_FIELDS = ("From", "Sender", "Reply-To", "To", "Cc")
PERSONAL_BATCH = 200
"""Recipients of a batch whose members get own copies: such a batch takes longer to send."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A Send intent with what it belongs to."""

    send: Send
    mlist: MailingList | None
    arrival: Arrival | None
    message_id: str
    urgency: int = 1
    life: timedelta | None = None
    """How long to try; None = as long as posts (settings.DELIVERY_RETRY_DAYS)."""


def plan(plans: Sequence[Plan]) -> list[Rendering]:
    """Write renderings and batches, and ring for the senders after the commit. 2 statements for any number of plans."""
    if not plans:
        return []
    renderings = Rendering.objects.bulk_create([_rendering(entry) for entry in plans])
    rows = [row for entry, rendering in zip(plans, renderings, strict=True) for row in _batches(entry, rendering)]
    insert_rows(Batch, rows, on_conflict="DO NOTHING", returning=("id",))
    bells.ring_after_commit(BellKind.SEND)
    if any(entry.send.posted for entry in plans):
        bells.ring_after_commit(BellKind.ENDPOINT)
    return renderings


def _rendering(entry: Plan) -> Rendering:
    send, arrival = entry.send, entry.arrival
    stored = arrival is not None and not send.body_changed
    return Rendering(
        mlist=entry.mlist,
        arrival=arrival,
        header=send.header,
        body=None if stored else send.body,
        letter_id=arrival.letter_id if arrival and stored else None,
        mark=send.mark,
        eight_bit=wire.has_eight_bit(send.header) or wire.has_eight_bit(send.body),
        smtputf8=needs_smtputf8(send.header),
        message_id=entry.message_id,
    )


def needs_smtputf8(header: bytes) -> bool:
    """Whether a header field names an internationalised address (RFC 6532). Raw 8-bit text alone asks for nothing."""
    if not wire.has_eight_bit(header):
        return False
    fields = HeaderBlock.parse(header)
    named = (box.address for name in ADDRESS_FIELDS for value in fields.get_all(name) for box in parse_mailboxes(value))
    return any(not address.isascii() for address in named)


def _batches(entry: Plan, rendering: Rendering) -> list[dict[str, Any]]:
    """A row for each batch, and one for each endpoint. Not by `bulk_create`: on PostgreSQL that quotes every address twice
    more, at four times the cost."""
    send = entry.send
    length = settings.BATCH_RECIPIENTS if send.kind == BatchKind.BULK else PERSONAL_BATCH
    now = timezone.now()
    shared = {
        "rendering_id": rendering.pk,
        "mlist_id": near.pk if (near := send.through or entry.mlist) else None,
        "kind": send.kind,
        "urgency": entry.urgency,
        "return_path": send.return_path,
        "due_at": at_once(),
        "created_at": now,
        "expires_at": now + (entry.life or timedelta(days=settings.DELIVERY_RETRY_DAYS)),
    }
    parts: list[tuple[list[Recipient], int | None]] = [(part, None) for part in _parts(send.recipients, length)]
    parts += [([recipient], endpoint) for recipient, endpoint in send.posted]
    return [
        as_row(Batch, shared | {"position": at, "recipients": part, "size": len(part), "endpoint_id": endpoint})
        for at, (part, endpoint) in enumerate(parts)
    ]


def _parts(recipients: Sequence[Recipient], length: int) -> list[list[Recipient]]:
    return [list(recipients[start : start + length]) for start in range(0, len(recipients), length)]
