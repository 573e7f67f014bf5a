"""Whose turn it is: a post for an endpoint, in the hands of one worker."""

from collections.abc import Iterator
from itertools import count

from django.db.models import F, Q
from django.db.models.functions import Now

from delivery import leases
from delivery.endpoints.choosing import in_use
from delivery.enums import BatchState
from delivery.services import claiming
from delivery.services.claiming import PAGE, Claim, Open, open_batches
from lists.models import MailingList


def is_due() -> bool:
    """Whether there is anything to post now. 1 query; none where nothing goes over HTTP."""
    return in_use() and next(_free(), None) is not None


def somebody_works() -> bool:
    """Whether a post is in the hands of somebody who lives and renews his lease. 1 query; none where nothing goes over HTTP."""
    if not in_use():
        return False
    held = open_batches().filter(endpoint__isnull=False, state=BatchState.SENDING, lease_until__gt=Now())
    return any(not leases.dead(token) for token in held.values_list("lease_token", flat=True))


def claim(known: dict[int, MailingList]) -> Claim | None:
    """Take the next post; None when none is left. `known` are lists that the caller has read already. 3 queries, none left: 1."""
    while chosen := next(_free(), None):
        if claims := claiming.take([chosen], known):
            return claims[0]
    return None


def _free() -> Iterator[Open]:
    """Posts that may be worked on now. 1 query a page.

    What goes to one endpoint goes in its order and one at a time, until each was tried once; an endpoint that fails rests, and
    then comes behind those that do not. What is given up, and what goes by mail after all, waits for no endpoint.
    """
    asked = Q(endpoint__off_at__isnull=True, endpoint__due_at__lte=Now())
    by_mail = Q(endpoint__off_at__isnull=False, endpoint__membership__isnull=False)
    only_waits = Q(state=BatchState.PENDING, done=F("size"), due_at__gt=Now())
    rows = open_batches().filter(asked | by_mail | Q(expires_at__lte=Now()), endpoint__isnull=False)
    rows = rows.filter(~only_waits, rendering__paused_at__isnull=True).order_by("endpoint__failures", "pk")
    ordered = rows.annotate(now=Now(), list_domain_id=F("mlist__domain_id")).values_list(*Open._fields, "endpoint_id")
    busy: set[int] = set()
    for start in count(0, PAGE):
        page = list(ordered[start : start + PAGE])
        for *columns, endpoint in page:
            row = Open(*columns)
            if row.free and endpoint not in busy:
                yield row
            elif row.state == BatchState.SENDING or row.done < row.size:
                busy.add(endpoint)
        if len(page) < PAGE:
            return
