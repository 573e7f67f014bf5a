"""Changing relays and routes, with their line in the audit trail. Passwords stand in no event."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from delivery.errors import RelayInUse, UnknownRelay
from delivery.models import OutgoingRelay, RelayRoute, RelayState
from lists.models import Domain, MailingList
from suite.common import bells, events
from suite.common.enums import BellKind
from suite.mail.addresses import wire_domain


@transaction.atomic
def set_relay(name: str, url: str, *, actor: str) -> OutgoingRelay:
    """Make the relay, or give it another address; what is known of whether it answers is forgotten.

    A URL without a password keeps the one that was known for the same user and host. Raises ValidationError.
    """
    relay = OutgoingRelay.objects.filter(name=name).first() or OutgoingRelay(name=name)
    before, relay.url, kept, relay.password = relay.url, url, relay.password, ""
    relay.full_clean()
    if not relay.password and relay.url == before:
        relay.password = kept
    relay.save()
    RelayState.objects.filter(name=name).delete()
    events.record("relay.set", actor=actor, subject=name, url=relay.url)
    bells.ring_after_commit(BellKind.SEND)
    return relay


@transaction.atomic
def remove_relay(name: str, *, actor: str) -> None:
    """Raises UnknownRelay, and RelayInUse while a route names it."""
    relay = _named(name)
    if route := relay.routes.first():
        raise RelayInUse(f"A route still names {name}: {route}. Change that first.")
    relay.delete()
    RelayState.objects.filter(name=name).delete()
    events.record("relay.removed", actor=actor, subject=name)


@transaction.atomic
def set_route(
    names: Sequence[str],
    *,
    mlist: MailingList | None = None,
    domain: Domain | None = None,
    recipient_domain: str = "",
    actor: str,
) -> None:
    """Mail of this kind goes to these relays, in this order; none = as if nothing had been said. Raises UnknownRelay."""
    scope: dict[str, Any] = {
        "mlist": mlist,
        "domain": domain,
        "recipient_domain": wire_domain(f"@{recipient_domain}"),
    }
    RelayRoute.objects.filter(**scope).delete()
    for place, relay in enumerate(map(_named, dict.fromkeys(names)), 1):
        row = RelayRoute(relay=relay, place=place, **scope)
        row.full_clean()
        row.save()
    sender = mlist.list_id if mlist else domain.mail_host if domain else ""
    events.record("route.set", actor=actor, subject=recipient_domain, sender=sender, relays=list(names))
    bells.ring_after_commit(BellKind.SEND)


def _named(name: str) -> OutgoingRelay:
    relay = OutgoingRelay.objects.filter(name=name).first()
    if relay is None:
        raise UnknownRelay(f"There is no relay {name}.")
    return relay
