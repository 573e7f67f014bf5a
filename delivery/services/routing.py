"""Which relays take a mail: an order of them for each route, the site's one relay where no route says otherwise.

Routes are looked at when mail goes out, so that a change counts for what waits already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from delivery.models import RelayRoute
from delivery.services import relays
from delivery.services.relays import Way
from lists.models import MailingList

Scope = tuple[int | None, int | None, str]
"""List, domain of lists, domain of recipients; what says nothing is None, or empty."""


@dataclass(frozen=True)
class Routes:
    """All routes, read once for a drain."""

    default: Way
    table: Mapping[Scope, tuple[Way, ...]]

    @property
    def plain(self) -> bool:
        """Whether there is one relay for everything."""
        return not self.table

    def ways(self, mlist_id: int | None, domain_id: int | None, recipient_domain: str = "") -> tuple[Way, ...]:
        """The relays to try, in order. What says most of the sender wins, then what says most of the recipient."""
        found = (self.table.get(scope) for scope in _scopes(mlist_id, domain_id, recipient_domain))
        return next(filter(None, found), (self.default,))

    def apart(self, mlist_id: int | None, domain_id: int | None) -> frozenset[str]:
        """Domains of recipients whose mail from this list goes another way than the rest of it."""
        named = {scope[2] for scope in self.table} - {""}
        usual = self.ways(mlist_id, domain_id)
        return frozenset(name for name in named if self.ways(mlist_id, domain_id, name) != usual)


def load() -> Routes:
    """1 query."""
    table: dict[Scope, tuple[Way, ...]] = {}
    for row in RelayRoute.objects.select_related("relay").order_by("place", "pk"):
        scope = (row.mlist_id, row.domain_id, row.recipient_domain)
        table[scope] = (*table.get(scope, ()), Way(row.relay.name, row.relay.relay()))
    return Routes(relays.default(), table)


def _scopes(mlist_id: int | None, domain_id: int | None, recipient_domain: str) -> Iterator[Scope]:
    """The order in which routes count; docs/operator.md has it as a table."""
    yield mlist_id, None, recipient_domain
    yield mlist_id, None, ""
    yield None, domain_id, recipient_domain
    yield None, domain_id, ""
    yield None, None, recipient_domain
    yield None, None, ""


def of_list(mlist: MailingList | None) -> tuple[int | None, int | None]:
    """List and domain, as routes name them; notices belong to no list."""
    return (mlist.pk, mlist.domain_id) if mlist else (None, None)
