"""Header checks of a list: written, tried and taken away. Each change is one transaction, and in the audit trail."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from lists.enums import Action
from lists.models import MailingList
from lists.patterns import noticing_slow_ones
from moderation.candidates import claimed_senders
from moderation.errors import DuplicateFilter, UnknownFilter
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
    """A new check at this position (1 = the first; None = behind all others). Raises ValidationError and DuplicateFilter."""
    rows = _locked(mlist)
    row = HeaderMatch(mlist=mlist, header=header.lower(), pattern=pattern, action=action, tag=tag)
    _check(row, rows)
    row.save()
    rows.insert(len(rows) if position is None else max(position - 1, 0), row)
    _number(rows)
    _record("filter.added", row, actor, action=_wire(row.action))
    return row


@transaction.atomic
def change(
    mlist: MailingList, position: int, *, move_to: int | None = None, actor: str = "", **values: Any
) -> HeaderMatch:
    """Give the check at this position, 1 being the first, another header, pattern, action or tag, or another position.

    Raises UnknownFilter, ValidationError and DuplicateFilter.
    """
    rows = _locked(mlist)
    row = _at(rows, position)
    for name, value in values.items():
        setattr(row, name, value.lower() if name == "header" else value)
    _check(row, rows)
    row.save()
    if move_to is not None:
        if not 1 <= move_to <= len(rows):
            raise ValidationError({"position": f"The list has {len(rows)} header matches"})
        rows.remove(row)
        rows.insert(move_to - 1, row)
        _number(rows)
    _record("filter.changed", row, actor, action=_wire(row.action), position=row.position)
    return row


@transaction.atomic
def remove(mlist: MailingList, position: int, *, actor: str = "") -> None:
    """Take away the check at this position, 1 being the first. Raises UnknownFilter."""
    rows = _locked(mlist)
    row = _at(rows, position)
    rows.remove(row)
    _record("filter.removed", row, actor)
    row.delete()
    _number(rows)


@transaction.atomic
def clear(mlist: MailingList, *, actor: str = "") -> None:
    """Take all of them away."""
    for row in _locked(mlist):
        _record("filter.removed", row, actor)
    mlist.header_matches.all().delete()


def _locked(mlist: MailingList) -> list[HeaderMatch]:
    """The list's checks in their order, which nobody else changes meanwhile."""
    MailingList.objects.select_for_update(no_key=True).only("pk").get(pk=mlist.pk)
    return list(mlist.header_matches.all())


def _at(rows: list[HeaderMatch], position: int) -> HeaderMatch:
    if not 1 <= position <= len(rows):
        raise UnknownFilter(f"The list has no header check {position}.")
    return rows[position - 1]


def _check(row: HeaderMatch, rows: list[HeaderMatch]) -> None:
    row.clean_fields(exclude=["mlist"])
    if any(other != row and (other.header, other.pattern) == (row.header, row.pattern) for other in rows):
        raise DuplicateFilter("This header match already exists")


def _number(rows: list[HeaderMatch]) -> None:
    for position, row in enumerate(rows, 1):
        row.position = position
    HeaderMatch.objects.bulk_update(rows, ["position"])


def _wire(action: int | None) -> str:
    return "" if action is None else Action(action).wire


def _record(kind: str, row: HeaderMatch, actor: str, **more: Any) -> None:
    record(kind, actor=actor, list_id=row.mlist.list_id, subject=row.header, pattern=row.pattern, **more)
