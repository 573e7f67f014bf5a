"""Handing over: one transaction, or a group of personal ones, over a session that is opened again where that does no harm."""

import time
from collections.abc import Sequence

from django.utils import timezone

from archives.transitions import LostLease
from delivery import recipients
from delivery.draft import Recipient
from delivery.models import Batch
from delivery.overrate import ended_by
from delivery.services import claiming
from delivery.services.claiming import Claim
from delivery.services.line import Line
from delivery.services.parcel import Parcel
from delivery.smtp import ConnectionLost, ProtocolError, RelayUnavailable, Reply, SmtpError, check_addresses
from suite.mail.addresses import is_plain, split, wire

FRESH_SECONDS = 60
"""Recipients frozen longer ago than this are asked for again: who left meanwhile gets nothing."""
LEFT = Reply(250, "2.0.0", "left the list meanwhile, nothing sent")
MALFORMED = Reply(553, "5.1.3", "this is no address that mail can be sent to")
TRUST_SECONDS = 2
"""Whether a batch is still ours, and still to be sent, is asked before a transaction unless it was answered within this time."""


def make_sure(claim: Claim) -> None:
    """Before a transaction: a worker that slept, or whose batch was paused or cancelled, sends nothing more."""
    asked = time.monotonic()
    if asked - claim.sure_at < TRUST_SECONDS:
        return
    if not claiming.still_mine(claim):
        raise LostLease(f"batch {claim.batch.pk} is paused, cancelled or somebody else's")
    claim.sure_at = asked


def deliver(
    claim: Claim, parcel: Parcel, wanted: Sequence[Recipient], line: Line
) -> tuple[list[Reply], SmtpError | LostLease | None]:
    """Hand over. The replies in the order of `wanted`; with an error, as many as were known before it.

    A relay that closes a session after so many mails, before it takes another, is called again at once.
    """
    replies: list[Reply] = []
    while len(replies) < len(wanted):
        fresh, known = True, len(replies)
        try:
            session = line.session()
            fresh = not session.transactions
            for result in session.send_many(parcel.transactions(wanted[len(replies) :], session)):
                replies.extend(result.recipients)
        except RelayUnavailable as error:
            return replies, error
        except (ConnectionLost, ProtocolError) as error:
            if (fresh and len(replies) == known) or error.after_data or error.replies or ended_by(error):
                return replies, error
            line.drop()
            try:
                make_sure(claim)
            except LostLease as lost:
                return replies, lost
    return replies, None


def who_left(batch: Batch, part: Sequence[Recipient]) -> dict[Recipient, Reply]:
    """Members who left, or stopped their mail, since the batch was made; not asked while it is fresh."""
    if (timezone.now() - batch.created_at).total_seconds() < FRESH_SECONDS:
        return {}
    still = recipients.still_receiving({recipient[0] for recipient in part if recipient[0] is not None})
    return {recipient: LEFT for recipient in part if recipient[0] is not None and recipient[0] not in still}


def malformed(part: Sequence[Recipient]) -> dict[Recipient, Reply]:
    """Addresses that would not stay in their angle brackets: nobody is asked about them."""
    if _fit(part):
        return {}
    return {recipient: MALFORMED for recipient in part if not _fit([recipient])}


def _fit(part: Sequence[Recipient]) -> bool:
    odd = [address for _, address, _ in part if not is_plain(address)]
    try:
        check_addresses([wire(address) for address in odd])
    except ValueError:
        return False
    return all(all(split(address)) for address in odd)
