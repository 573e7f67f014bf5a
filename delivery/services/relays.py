"""The circuit breaker of a relay: while it does not answer, one worker at a time tries it, later and later."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models.functions import Now

from delivery import retry
from delivery.models import RelayState
from delivery.smtp import Relay

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Way:
    """A relay, and the name under which is remembered whether it answers."""

    name: str
    relay: Relay


def default() -> Way:
    """The site's relay (settings.RELAY_URL)."""
    relay = Relay.from_url(settings.RELAY_URL)
    return Way(f"{relay.host}:{relay.port}", relay)


def may_try(name: str) -> bool:
    """Whether to connect now. After failures the right to try is taken by one worker at a time. 1-2 queries."""
    known = RelayState.objects.filter(name=name).first()
    if known is None or not known.failures:
        return True
    pause = timedelta(seconds=retry.wait(retry.RELAY, known.failures))
    return bool(
        RelayState.objects.filter(name=known.name, failures=known.failures, due_at__lte=Now()).update(
            due_at=Now() + pause
        )
    )


def resting() -> frozenset[str]:
    """The names of those that nobody may try yet. Takes no right to try. 1 query."""
    return frozenset(RelayState.objects.filter(due_at__gt=Now(), failures__gt=0).values_list("name", flat=True))


def failed(name: str, error: Exception) -> None:
    """It did not answer: nobody tries for a while."""
    known, _ = RelayState.objects.get_or_create(name=name)
    pause = timedelta(seconds=retry.wait(retry.RELAY, known.failures + 1))
    RelayState.objects.filter(name=known.name).update(
        failures=known.failures + 1, due_at=Now() + pause, last_error=str(error)[:500]
    )
    log.warning("relay=%s failures=%d next=%.0fs: %s", known.name, known.failures + 1, pause.total_seconds(), error)


def answered(name: str) -> None:
    """It works (again)."""
    if RelayState.objects.filter(name=name, failures__gt=0).update(failures=0, last_error=""):
        log.info("relay=%s answers again", name)
