"""From a recipient's address to a list and one of its addresses (the local parts of RFC 2142 and Mailman's).

One indexed query whatever the number of lists. The candidates are computed from the local part: the longest name wins, and a
list that really bears a name wins over the reading of its end as a suffix (`foo-request` beside `foo`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from lists.enums import Role
from lists.models import MailingList
from suite.common.errors import UnknownMailbox
from suite.mail import addresses

SUFFIXES = {
    "bounces": Role.BOUNCES,
    "confirm": Role.CONFIRM,
    "join": Role.JOIN,
    "leave": Role.LEAVE,
    "owner": Role.OWNER,
    "request": Role.REQUEST,
    "subscribe": Role.JOIN,
    "unsubscribe": Role.LEAVE,
}
"""What may stand behind the last dash of a local part, and which of the list's addresses that is."""

_MOST_CUTS = 8  # a VERP detail may hold + of its own; nobody needs more list names tried than this


@dataclass(frozen=True, slots=True)
class Destination:
    """A list, which of its addresses is meant, and what stood behind `+` (as it was written, without the `+`)."""

    mlist_id: int
    list_id: str
    role: Role
    detail: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read a local part."""

    list_name: str
    role: Role
    detail: str


def resolve(address: str) -> Destination:
    """Where mail to this address goes. Letter case counts in the detail only. Raises UnknownMailbox."""
    local, domain = addresses.split(address)
    domain = addresses.wire_domain(address)
    readings = [reading for reading in _readings(addresses.unquote_local(local)) if reading.list_name.isascii()]
    if not domain or not readings or not address.isprintable():
        raise UnknownMailbox("There is no such mailbox here.")
    found = _lists_named({reading.list_name for reading in readings}, domain)
    for reading in readings:
        if reading.list_name in found:
            pk, list_id = found[reading.list_name]
            return Destination(pk, list_id, reading.role, reading.detail)
    raise UnknownMailbox("There is no such mailbox here.")


def _readings(local: str) -> Iterator[_Reading]:
    """Every way to read the local part, the one that counts most first."""
    parts = local.split("+", _MOST_CUTS)
    for count in range(len(parts), 0, -1):
        name, detail = "+".join(parts[:count]).lower(), "+".join(parts[count:])
        if name:
            yield _Reading(name, Role.POST, detail)
        stem, dash, suffix = name.rpartition("-")
        if stem and dash and suffix in SUFFIXES:
            yield _Reading(stem, SUFFIXES[suffix], detail)


def _lists_named(names: set[str], domain: str) -> dict[str, tuple[int, str]]:
    """List name to (pk, list_id) on the mail host of that name, else on the host whose alias it is."""
    rows = MailingList.objects.filter(
        Q(domain__mail_host=domain) | Q(domain__alias_domain=domain), list_name__in=names
    ).values_list("list_name", "pk", "list_id", "domain__mail_host")
    return {name: (pk, list_id) for name, pk, list_id, host in sorted(rows, key=lambda row: row[3] == domain)}


def shadowed_by(list_name: str) -> set[str]:
    """Names of lists that could not stand beside this one on a host: one would take the other's sub-address."""
    stem, _, suffix = list_name.rpartition("-")
    inner = {stem} if stem and suffix in SUFFIXES else set()
    return inner | {f"{list_name}-{suffix}" for suffix in SUFFIXES}


def is_ours(address: str) -> bool:
    """Whether mail to this address comes to one of our lists: a machine of ours answers no machine of ours."""
    try:
        resolve(address)
    except UnknownMailbox:
        return False
    return True
