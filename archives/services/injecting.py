"""Letters that a program hands over whole, without a session of LMTP: `manage.py inject` and the API."""

import re
from collections.abc import Sequence

from django.conf import settings

from archives.enums import Origin
from archives.errors import EmptyLetter, LetterTooLarge
from archives.services.intake import Incoming, Kept, keep, ring_for_arrivals
from lists.addressing import resolve
from suite.common.errors import UnknownMailbox
from suite.mail.addresses import parse_mailboxes
from suite.mail.headers import HeaderBlock, split_letter
from suite.mail.wire import normalise_newlines

_FROM_LINE = re.compile(rb">?From [^\n]*\n")  # an mbox separator, which some MTAs put before a piped letter


def inject(raw: bytes, recipients: Sequence[str], *, origin: Origin, sender: str | None = None) -> list[Kept]:
    """Keep the letter for each of these addresses of lists, and call for somebody to judge it. One transaction of its own.

    Without `sender`, the envelope sender is whom the letter names (`written_sender`). Raises EmptyLetter, LetterTooLarge and
    UnknownMailbox; then nothing was kept, unless a list was deleted at that very moment.
    """
    raw = normalise_newlines(_FROM_LINE.sub(b"", raw, count=1))
    if not raw.strip():
        raise EmptyLetter("There is no letter.")
    if len(raw) > settings.MESSAGE_SIZE_LIMIT:
        raise LetterTooLarge(f"The letter has {len(raw)} bytes; the site takes {settings.MESSAGE_SIZE_LIMIT}.")
    destinations = tuple(resolve(recipient) for recipient in recipients)
    sender = written_sender(raw) if sender is None else sender
    [kept] = keep([Incoming(raw, sender, destinations, tuple(recipients), origin)])
    ring_for_arrivals()
    if any(one.gone for one in kept):
        raise UnknownMailbox("The list has just been deleted.")
    return kept


def written_sender(raw: bytes) -> str:
    """The address in Return-Path, or else in From. Empty where neither has one."""
    headers = HeaderBlock.parse(split_letter(raw)[0])
    for name in ("Return-Path", "From"):
        if name in headers:
            return next((mailbox.address for mailbox in parse_mailboxes(headers.get(name) or b"", limit=1)), "")
    return ""
