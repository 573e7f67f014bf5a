"""What the bells ring for: one drain for each kind of work, and the chores that come round."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, close_old_connections

from archives.services import housekeeping, intake
from delivery import journey, leases
from delivery.bounces import reminding, scoring
from delivery.endpoints import claiming as endpoint_claiming
from delivery.endpoints import posting as endpoint_posting
from delivery.mta import files
from delivery.news import polling, posting
from delivery.services import (
    archiving,
    autoresponder,
    claiming,
    cleaning,
    digests,
    issues,
    pacing,
    pausing,
    personal_digests,
    sending,
)
from lists.services import join_shield, pending, text_uris
from moderation.services import desk
from suite.common import bells, events, forgetting
from suite.common.enums import BellKind

log = logging.getLogger(__name__)

DRAIN_SECONDS = 20
"""A drain stops after this long and rings again, so that no kind of work keeps a worker for ever."""


def _make_digests(seconds: float) -> None:
    """The lists' issues, then what members get at their own hour, or when their pause ends."""
    digests.work(seconds)
    personal_digests.work(seconds)
    pausing.work(seconds)


def _exchange_news(seconds: float) -> None:
    """Posts to newsgroups, then articles from them."""
    posting.work(seconds)
    polling.work(seconds)


DRAINS: dict[BellKind, Callable[[float], None]] = {
    BellKind.JUDGE: journey.judge,
    BellKind.DIGEST: _make_digests,
    BellKind.SEND: sending.send,
    BellKind.BOUNCE: scoring.process_waiting,
    BellKind.ARCHIVE: archiving.work,
    BellKind.NEWS: _exchange_news,
    BellKind.ENDPOINT: endpoint_posting.work,
}
DUE: dict[BellKind, Callable[[], bool]] = {
    BellKind.JUDGE: leases.take_is_possible,
    BellKind.DIGEST: lambda: digests.is_due() or personal_digests.is_due() or pausing.is_due(),
    BellKind.SEND: claiming.is_due,
    BellKind.BOUNCE: scoring.is_due,
    BellKind.ARCHIVE: archiving.is_due,
    BellKind.NEWS: lambda: posting.is_due() or polling.is_due(),
    BellKind.ENDPOINT: endpoint_claiming.is_due,
}
ATTENDED: dict[BellKind, Callable[[], bool]] = {
    BellKind.JUDGE: leases.somebody_works,
    BellKind.DIGEST: digests.somebody_works,
    BellKind.SEND: claiming.somebody_sends,
    BellKind.BOUNCE: lambda: False,
    BellKind.ARCHIVE: archiving.somebody_works,
    BellKind.NEWS: lambda: posting.somebody_works() or polling.somebody_works(),
    BellKind.ENDPOINT: endpoint_claiming.somebody_works,
}
AT_START: tuple[Callable[[], object], ...] = (intake.resume_served,)
"""Chores of a sweep that begins."""
HOUSEKEEPING: tuple[Callable[[], object], ...] = (
    housekeeping.forget_repeats,
    desk.expire_due,
    reminding.remind,
    pending.sweep,
    join_shield.sweep,
    issues.close_periodic,
    cleaning.sweep_digests,
    autoresponder.forget,
    cleaning.sweep_bounces,
    cleaning.sweep_news,
    pacing.sweep,
    cleaning.sweep_renderings,
    housekeeping.sweep_refused,
    housekeeping.sweep_letters,
    events.forget_old,
    files.refresh,
    text_uris.refresh,
    forgetting.forget_sessions,
    forgetting.forget_cached,
)
"""Once an hour, in this order."""


def drain(kind: str, seconds: float = DRAIN_SECONDS) -> None:
    """Work on everything of a kind that is due. Repeating it, or losing it, changes nothing (the sweep finds the rest).

    The bell is answered before the first look, so whoever rings meanwhile is heard. Trouble with the database ends the
    drain quietly.
    """
    bell = BellKind(kind)
    close_old_connections()
    try:
        bells.answer(bell)
        DRAINS[bell](seconds)
        if due(kind):
            bells.ring(bell)
    except (OperationalError, InterfaceError) as error:
        log.warning("drain=%s stopped, the sweep will ring again: %s", kind, error)
        close_old_connections()


def attended(kind: str) -> bool:
    """Whether a living worker has work of this kind in hand, however long it takes him (a slow relay). 1 indexed query."""
    return ATTENDED[BellKind(kind)]()


def due(kind: str) -> bool:
    """Whether there is work of this kind that somebody could do now.

    1 indexed query (send: 3, digest: 3, archive: 3 or none, news: 2 or none, endpoint: 1 or none).
    """
    return DUE[BellKind(kind)]()
