"""Header checks of a list: written, tried and taken away. Each change is one transaction, and in the audit trail."""

from django.core.exceptions import ValidationError
from django.db import transaction

from lists.enums import Action
from lists.models import MailingList
from lists.patterns import noticing_slow_ones
from moderation.candidates import claimed_senders
from moderation.errors import UnknownFilter
from moderation.header_fields import HeaderCheck, first_match
from moderation.models import HeaderMatch
from suite.common.events import record
from suite.mail.parse import parse


def try_out(header: str, pattern: str, sample: bytes, sender: str = "") -> str | None:
    """What of this letter (with this envelope sender) the check finds; None where it finds nothing.

    Raises ValidationError for what is no check, and for an imported pattern that takes too long on this very letter.
    """
    row = HeaderMatch(header=header.lower(), pattern=pattern)
    row.clean_fields(exclude=["mlist"])
    parsed = parse(sample)
    with noticing_slow_ones() as slow:
        found = first_match(parsed, [HeaderCheck(row.header, pattern)], claimed_senders(sender, parsed))
    if slow:
        raise ValidationError("The pattern takes too long on this message.")
    return found[1] if found else None


@transaction.atomic
def add(
    mlist: MailingList,
    header: str,
    pattern: str,
    action: Action | None = None,
    *,
    position: int | None = None,
    tag: str = "",
    actor: str = "",
) -> HeaderMatch:
    """A new check at this position (1 = the first; None = behind all others). Raises ValidationError."""
    rows = list(mlist.header_matches.all())
    row = HeaderMatch(mlist=mlist, header=header.lower(), pattern=pattern, action=action, tag=tag)
    row.full_clean()
    row.save()
    rows.insert(len(rows) if position is None else max(position - 1, 0), row)
    _number(rows)
    record(
        "filter.added",
        actor=actor,
        list_id=mlist.list_id,
        subject=row.header,
        pattern=pattern,
        action=action.wire if action is not None else "",
    )
    return row


@transaction.atomic
def remove(mlist: MailingList, position: int, *, actor: str = "") -> None:
    """Take away the check at this position, 1 being the first. Raises UnknownFilter."""
    rows = list(mlist.header_matches.all())
    if not 1 <= position <= len(rows):
        raise UnknownFilter(f"The list has no header check {position}.")
    row = rows.pop(position - 1)
    row.delete()
    _number(rows)
    record("filter.removed", actor=actor, list_id=mlist.list_id, subject=row.header, pattern=row.pattern)


def _number(rows: list[HeaderMatch]) -> None:
    for position, row in enumerate(rows, 1):
        row.position = position
    HeaderMatch.objects.bulk_update(rows, ["position"])
