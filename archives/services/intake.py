"""File first, judge after: whatever comes in through any door is kept here, before anybody looks at it.

Who calls `keep()` may tell the other side that its letter is safe as soon as it returns.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from archives.enums import Origin, Role, State
from archives.models import Arrival, Letter
from archives.services.inserting import insert_rows
from archives.transitions import move
from lists.addressing import Destination
from lists.models import MailingList
from suite.common import bells, plugins
from suite.common.enums import BellKind
from suite.common.failpoints import failpoint
from suite.common.logs import about
from suite.mail import ids, limits, wire
from suite.mail.headers import HeaderBlock, split_letter

log = logging.getLogger(__name__)

SERVED_ROLES = (Role.POST, Role.OWNER, Role.REQUEST, Role.CONFIRM, Role.JOIN, Role.LEAVE, Role.BOUNCES)
"""Roles that somebody works on (`delivery.roads`). Letters to the others are parked; a sweep that starts resumes what it can."""

NOT_SERVED = "Nobody serves this address of the list yet."

_PIECE = 1000  # rows moved in one transaction
_SUBMITTER: Any = Arrival._meta.get_field("submitter")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One letter with its envelope. `recipients` are the addresses as given, one for each destination, in their order."""

    raw: bytes
    sender: str
    destinations: tuple[Destination, ...]
    recipients: tuple[str, ...]
    origin: Origin
    received_at: datetime = field(default_factory=timezone.now)
    submitter_id: UUID | int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a letter for one destination: a new arrival, a repeat of an earlier one, or a list that is no more.

    `refused` is why a plugin does not take it, as a line of ASCII; then nothing was kept for this destination.
    """

    destination: Destination
    arrival_id: int | None = None
    repeat: bool = False
    refused: str = ""

    @property
    def gone(self) -> bool:
        return self.arrival_id is None and not self.repeat and not self.refused


@dataclass(frozen=True, slots=True)
class _Reading:
    """What intake itself wants to know of a letter."""

    sha256: str
    message_id: str
    repeat_digest: str
    refused: Mapping[Destination, str] = field(default_factory=dict)
    """Destinations for which a plugin does not take the letter, and why."""


def keep(batch: Sequence[Incoming]) -> list[list[Kept]]:
    """Store these letters, each kind of bytes once, with an arrival for each destination. One transaction, four statements.

    The answer has a list for each letter with a Kept for each of its destinations. A list that has been deleted since its address
    was looked up troubles nobody else. Raises what the database raises, and then nothing is stored. Does not ring:
    `ring_for_arrivals()` is for afterwards.
    """
    readings = [_read(letter) for letter in batch]
    failpoint("intake.before-insert")
    with transaction.atomic():
        alive = _alive({to.mlist_id for letter in batch for to in letter.destinations})
        wanted = [
            (letter, reading)
            for letter, reading in zip(batch, readings, strict=True)
            if any(to.mlist_id in alive and to not in reading.refused for to in letter.destinations)
        ]
        letter_ids = _store_letters(wanted)
        rows = [row for letter, reading in wanted for row in _rows(letter, reading, letter_ids[reading.sha256], alive)]
        new = _store_arrivals(rows)
        failpoint("intake.before-commit")
    kept = [_kept(letter, reading, alive, new) for letter, reading in zip(batch, readings, strict=True)]
    for letter, reading, results in zip(batch, readings, kept, strict=True):
        _tell(letter, reading, results)
    return kept


def ring_for_arrivals() -> None:
    """Call for somebody to judge what was kept. After the commit; the sweep finds what nobody was called for."""
    bells.ring(BellKind.JUDGE)


def resume_parked(role: Role) -> int:
    """Send on what was parked because nobody served this role. Returns how many arrivals; calling it twice is harmless."""
    resumed = 0
    while found := list(
        Arrival.objects.filter(state=State.PARKED, role=role, reason=NOT_SERVED)
        .order_by("pk")
        .values_list("pk", flat=True)[:_PIECE]
    ):
        resumed += move(found, State.PARKED, State.RECEIVED, reason="")
    if resumed:
        ring_for_arrivals()
    return resumed


def resume_served() -> int:
    """Send on whatever was parked for a role that is served by now: after an upgrade nobody has to think of it."""
    return sum(resume_parked(role) for role in SERVED_ROLES)


def _read(letter: Incoming) -> _Reading:
    """Never raises, whatever the letter looks like.

    A letter is a repeat of another when both are the same below the trace fields that each hop adds on top. Where no Message-ID
    makes a letter one of its kind, the trace fields count too: a nightly job may say the same every night.
    """
    raw = letter.raw
    header, _ = split_letter(raw[: limits.HEADER_BLOCK])
    message_id = ids.message_id(HeaderBlock.parse(header))
    sha256 = hashlib.sha256(raw).hexdigest()
    digest = wire.trace_free_digest(raw) if message_id else sha256
    return _Reading(sha256, message_id, digest, _refused(letter) if plugins.hooked("refuse_letter") else {})


def _refused(letter: Incoming) -> dict[Destination, str]:
    whys = {to: plugins.refusal(letter.raw, letter.sender, to) for to in letter.destinations}
    return {to: why for to, why in whys.items() if why}


def _repeat_key(reading: _Reading, destination: Destination) -> str:
    """One bounce to two VERP addresses, or one mail to two tokens, is two pieces of news: there the detail counts."""
    if destination.role == Role.POST or not destination.detail:
        return reading.repeat_digest
    return hashlib.sha256(f"{reading.repeat_digest}+{destination.detail}".encode(errors="replace")).hexdigest()


def _alive(mlists: set[int]) -> frozenset[int]:
    """Those of these lists that exist. For a single letter the ORM would spend as long on this as on keeping it."""
    if not mlists:
        return frozenset()
    marks = ", ".join(["%s"] * len(mlists))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {MailingList._meta.db_table} WHERE id IN ({marks})", list(mlists))  # noqa: S608
        return frozenset(pk for (pk,) in cursor.fetchall())


def _store_letters(wanted: Iterable[tuple[Incoming, _Reading]]) -> dict[str, int]:
    """sha256 to the letter's key. A letter we have already counts as new again, so that no sweep takes it away meanwhile.

    In the order of sha256, lest two listeners wait for each other.
    """
    unlike = {reading.sha256: letter for letter, reading in wanted}
    rows = [
        {"sha256": sha256, "raw": letter.raw, "size": len(letter.raw), "created_at": _moment(letter.received_at)}
        for sha256, letter in sorted(unlike.items())
    ]
    found = insert_rows(
        Letter,
        rows,
        on_conflict="(sha256) DO UPDATE SET created_at = excluded.created_at",
        returning=("sha256", "id"),
    )
    return dict(found)


def _rows(letter: Incoming, reading: _Reading, letter_id: int, alive: frozenset[int]) -> list[dict[str, Any]]:
    moment = _moment(letter.received_at)
    return [
        {
            "mlist_id": to.mlist_id,
            "letter_id": letter_id,
            "role": to.role.value,
            "detail": _text(to.detail, 255),
            "recipient": _text(recipient, 320),
            "sender": _text(letter.sender, 320),
            "origin": letter.origin.value,
            "submitter_id": _SUBMITTER.get_db_prep_save(letter.submitter_id, connection),
            "message_id": _text(reading.message_id, 998),
            "received_at": moment,
            "state": State.RECEIVED.value if to.role in SERVED_ROLES else State.PARKED.value,
            "state_at": moment,
            "repeat_key": _repeat_key(reading, to),
            "reason": "" if to.role in SERVED_ROLES else NOT_SERVED,
        }
        for to, recipient in zip(letter.destinations, letter.recipients, strict=True)
        if to.mlist_id in alive and to not in reading.refused
    ]


def _store_arrivals(rows: list[dict[str, Any]]) -> dict[tuple[int, str, str], int]:
    """(list, role, repeat key) to the key of each arrival that is new; repeats are left out."""
    found = insert_rows(Arrival, rows, on_conflict="DO NOTHING", returning=("mlist_id", "role", "repeat_key", "id"))
    return {(mlist_id, role, repeat_key): pk for mlist_id, role, repeat_key, pk in found}


def _kept(
    letter: Incoming, reading: _Reading, alive: frozenset[int], new: dict[tuple[int, str, str], int]
) -> list[Kept]:
    """Takes each new arrival out of `new`: of twins in one batch, the first is new and the second its repeat."""
    results = []
    for to in letter.destinations:
        if to in reading.refused:
            results.append(Kept(to, refused=reading.refused[to]))
        elif to.mlist_id in alive:
            pk = new.pop((to.mlist_id, to.role.value, _repeat_key(reading, to)), None)
            results.append(Kept(to, pk, repeat=pk is None))
        else:
            results.append(Kept(to))
    return results


def _tell(letter: Incoming, reading: _Reading, results: Sequence[Kept]) -> None:
    for kept in results:
        log.info(
            "%s role=%s from=%s size=%d origin=%s",
            about(
                reading.message_id,
                kept.destination.list_id,
                "refused" if kept.refused else "repeat" if kept.repeat else kept.arrival_id or "gone",
            ),
            kept.destination.role.value,
            letter.sender or "<>",
            len(letter.raw),
            letter.origin.value,
        )


def _moment(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def _text(text: str, length: int) -> str:
    """What a text column takes: no NUL (PostgreSQL), no lone surrogate, no more than its length."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\0", "")[:length]
