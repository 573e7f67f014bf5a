"""What happened, told after the commit.

`record()` writes the audit row inside the caller's transaction; `announce()` writes nothing, for what happens too often for a
row and stands in the rows it happened to; `ask()` is for what has not happened yet. `listen()` registers a function that is told
of events of a kind after the commit; it can neither delay nor break mail: what it raises is logged, but for an answer to
`ask()`. Apps do not listen to each other: only webhooks, audit pages and plugins do.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from suite.common.models import Event

log = logging.getLogger(__name__)
Listener = Callable[[Event], None]
_listeners: dict[str, list[Listener]] = {}

_PIECE = 1000  # rows a transaction


def listen(kind: str, listener: Listener) -> None:
    """Tell `listener` of every event of `kind`; "*" means all."""
    _listeners.setdefault(kind, []).append(listener)


def record(kind: str, *, actor: str = "", list_id: str = "", subject: str = "", **data: Any) -> Event:
    """Write the audit row now, tell the listeners after the commit."""
    event = Event.objects.create(kind=kind, actor=actor, list_id=list_id, subject=subject, data=data)
    _tell_after_commit(event)
    return event


def announce(kind: str, *, actor: str = "", list_id: str = "", subject: str = "", **data: Any) -> None:
    """Tell the listeners after the commit, and leave no row: their event has no key. Costs nothing where nobody listens."""
    if kind in _listeners or "*" in _listeners:
        _tell_after_commit(Event(kind=kind, actor=actor, list_id=list_id, subject=subject, data=data))


def ask(kind: str, *, actor: str = "", list_id: str = "", subject: str = "", **data: Any) -> None:
    """Tell the listeners of what is about to be done, now and inside the caller's transaction: what one raises prevents it.

    For what people do seldom (`list.creating`); never for mail. Leaves no row.
    """
    event = Event(kind=kind, actor=actor, list_id=list_id, subject=subject, data=data)
    for listener in [*_listeners.get(kind, ()), *_listeners.get("*", ())]:
        listener(event)


def forget_old() -> int:
    """Delete audit rows after settings.KEEP_EVENTS_DAYS. Returns how many went."""
    old = Event.objects.filter(at__lt=timezone.now() - timedelta(days=settings.KEEP_EVENTS_DAYS)).order_by("at")
    total = 0
    while pks := list(old.values_list("pk", flat=True)[:_PIECE]):
        Event.objects.filter(pk__in=pks).delete()
        total += len(pks)
    return total


def _tell_after_commit(event: Event) -> None:
    if _listeners:
        transaction.on_commit(lambda: _tell(event))


def _tell(event: Event) -> None:
    for listener in [*_listeners.get(event.kind, ()), *_listeners.get("*", ())]:
        try:
            listener(event)
        except Exception:
            log.exception("event=%s listener=%r failed", event.kind, listener)
