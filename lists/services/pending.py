"""Pending tokens: somebody is asked by mail, and whoever shows the token has answered.

A token is 160 random bits as 40 hex digits, good once and for a time. The database holds its fingerprint alone: who reads a copy
of the database can answer nothing. `take()` and `reissue()` are single conditional statements, so of two who come at once with
one token exactly one gets through, and the other hears UnknownToken as whoever comes late does.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from lists.enums import PendingKind, TokenOwner
from lists.errors import RequestPending, UnknownToken
from lists.models import MailingList, Pending
from suite.common.events import record
from suite.mail import addresses

REQUESTS = (PendingKind.SUBSCRIPTION, PendingKind.UNSUBSCRIPTION)
"""Kinds of which a list holds one for an address at a time, and whose end stands in the audit trail."""
ASKED_AGAIN = timedelta(days=1)
"""After so long without an answer the subscriber may be sent another token."""
_TOKEN = re.compile(r"[0-9a-f]{40}")
_PIECE = 500  # rows a transaction


@dataclass(frozen=True, slots=True)
class Issued:
    """A row and its token. Nobody can read the token out of the row later."""

    pending: Pending
    token: str


def create(
    kind: PendingKind,
    mlist: MailingList | None,
    *,
    email: str = "",
    owner: TokenOwner = TokenOwner.NO_ONE,
    data: dict[str, Any] | None = None,
    life: timedelta | None = None,
) -> Issued:
    """Something new that waits for `owner`. `email` says whom it concerns; `data` is yours, as JSON takes it.

    Without `life` it lives as long as its kind and its owner say (`lifetime`). Raises RequestPending where the list holds
    such a request of the address already.
    """
    token = secrets.token_hex(20)
    try:
        with transaction.atomic():
            pending = Pending.objects.create(
                fingerprint=fingerprint(token),
                kind=kind,
                mlist=mlist,
                email=addresses.key(email),
                token_owner=owner,
                data=data or {},
                expires_at=timezone.now() + (life or lifetime(kind, owner)),
            )
    except IntegrityError as error:
        if kind not in REQUESTS:
            raise
        raise _twin(email) from error
    return Issued(pending, token)


def read(token: str, *kinds: PendingKind, mlist: MailingList | None = None) -> Pending:
    """What this token is for, with its list, which is not used up by that. One query.

    Where `kinds` or a list are given, a token of another kind or list is as good as none. Raises UnknownToken.
    """
    return _only([fingerprint(token)], kinds, mlist)


def named(word: str, *kinds: PendingKind, mlist: MailingList | None = None) -> Pending:
    """The same for whoever decides instead of answering: programs name a request by its token, or by its fingerprint."""
    word = word.lower()
    return _only([fingerprint(word), word] if _TOKEN.fullmatch(word) else [], kinds, mlist)


@transaction.atomic
def take(token: str, *kinds: PendingKind, mlist: MailingList | None = None) -> Pending:
    """As `read()`, and the token is used up. When the caller's transaction is rolled back, it is not."""
    pending = read(token, *kinds, mlist=mlist)
    use_up(pending)
    return pending


def use_up(pending: Pending) -> None:
    """End it, for whoever has the row already. Raises UnknownToken where somebody else was quicker."""
    gone, _ = _alive().filter(pk=pending.pk, fingerprint=pending.fingerprint).delete()
    if not gone:
        raise unknown()


def reissue(
    pending: Pending,
    *,
    owner: TokenOwner,
    data: dict[str, Any] | None = None,
    life: timedelta | None = None,
) -> str:
    """The next step of the same thing: a new token, which is returned, and a new life. The old token is worth nothing.

    The row given is brought up to date. Raises UnknownToken where somebody else was quicker.
    """
    token, kind = secrets.token_hex(20), PendingKind(pending.kind)
    columns = {
        "fingerprint": fingerprint(token),
        "token_owner": owner,
        "data": pending.data if data is None else data,
        "expires_at": timezone.now() + (life or lifetime(kind, owner)),
    }
    if not _alive().filter(pk=pending.pk, fingerprint=pending.fingerprint).update(**columns):
        raise unknown()
    for name, value in columns.items():
        setattr(pending, name, value)
    return token


def refuse_twin(mlist: MailingList, kind: PendingKind, email: str) -> None:
    """Raise RequestPending where the list holds such a request of the address.

    One that has waited for the subscriber for a day makes way, for its mail may have been lost. The caller may still meet a
    twin in `create()`.
    """
    twins = Pending.objects.filter(mlist=mlist, kind=kind, email=addresses.key(email))
    now = timezone.now()
    for twin in twins:
        unheard = twin.token_owner == TokenOwner.SUBSCRIBER and twin.created_at < now - ASKED_AGAIN
        if twin.expires_at > now and not unheard:
            raise _twin(email)
        twin.delete()


def drop(mlist: MailingList, kind: PendingKind, emails: Iterable[str]) -> None:
    """What these addresses asked for has come about on another road. One statement."""
    keys = [addresses.key(email) for email in emails]
    Pending.objects.filter(mlist=mlist, kind=kind, email__in=keys).delete()


def unknown() -> UnknownToken:
    """The one answer to a token that answers nothing; why it does not, nobody is told."""
    return UnknownToken("This token is unknown, was used already, or is too old.")


def fingerprint(token: str) -> str:
    """What the database knows of a token: half of its SHA-256, in hex. No salt: the token is random already."""
    token = token.strip().lower()
    if not _TOKEN.fullmatch(token):
        return ""  # which no row has
    return hashlib.sha256(token.encode("ascii")).hexdigest()[:40]


def lifetime(kind: PendingKind, owner: TokenOwner) -> timedelta:
    """How long something of this kind waits for this owner; the site's settings say."""
    if kind == PendingKind.PROBE:
        return timedelta(days=settings.PROBE_DAYS)
    if kind == PendingKind.DATA or owner == TokenOwner.MODERATOR:
        return timedelta(days=settings.MODERATOR_REQUEST_DAYS)
    return timedelta(days=settings.PENDING_REQUEST_DAYS)


def waiting(
    mlist: MailingList | None = None, *, kind: PendingKind | None = None, owner: TokenOwner | None = None
) -> QuerySet[Pending]:
    """What waits: of a list, of a kind, for an owner; each where given. The oldest first, with their lists."""
    wanted = {"mlist": mlist, "kind": kind, "token_owner": owner}
    found = _alive().filter(**{name: value for name, value in wanted.items() if value is not None})
    return found.select_related("mlist__domain").order_by("created_at", "pk")


def sweep() -> int:
    """Delete what is too old, some hundred in a transaction; requests that end so stand in the audit trail. How many."""
    old, total = Pending.objects.filter(expires_at__lte=timezone.now()), 0
    while True:
        with transaction.atomic():
            rows = list(old.select_related("mlist").order_by("pk")[:_PIECE])
            for row in rows:
                if row.kind in REQUESTS and row.mlist is not None:
                    _remember(row, row.mlist)
            old.filter(pk__in=[row.pk for row in rows]).delete()
        total += len(rows)
        if len(rows) < _PIECE:
            return total


def _only(fingerprints: list[str], kinds: tuple[PendingKind, ...], mlist: MailingList | None) -> Pending:
    found = _alive().filter(fingerprint__in=fingerprints)
    if kinds:
        found = found.filter(kind__in=kinds)
    if mlist is not None:
        found = found.filter(mlist=mlist)
    pending = found.select_related("mlist__domain").first()
    if pending is None:
        raise unknown()
    return pending


def _twin(email: str) -> RequestPending:
    return RequestPending(f"A request of {email} waits already.")


def _remember(row: Pending, mlist: MailingList) -> None:
    record(
        f"{PendingKind(row.kind).wire}.expired",
        actor="sweep",
        list_id=mlist.list_id,
        subject=row.email,
        token_owner=TokenOwner(row.token_owner).wire,
    )


def _alive() -> QuerySet[Pending]:
    return Pending.objects.filter(expires_at__gt=timezone.now())
