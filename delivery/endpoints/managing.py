"""Setting endpoints, and what becomes of posts that wait for one. A key is told to who makes it, and to no event or log."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from accounts.enums import DeliveryMode
from delivery.bounces import telling
from delivery.clock import at_once
from delivery.endpoints import choosing, knocking
from delivery.enums import BatchState, OutcomeState
from delivery.errors import EndpointRefused, UnknownEndpoint
from delivery.models import Batch, Endpoint, Outcome
from delivery.services.claiming import OPEN
from lists.models import MailingList, Membership
from lists.services.preferences import set_preferences
from suite.common import bells, fetching, signed_posts
from suite.common.enums import BellKind
from suite.common.events import record
from suite.common.fetching import FetchFailed

BOTH_KEYS = timedelta(days=1)
"""How long the key before signs as well, once there is a new one."""
DELIVERY = "delivery"
"""Who acts when we switch one off by ourselves."""


def of(mlist: MailingList, membership: Membership | None = None) -> Endpoint:
    """The endpoint of this member, or the list's own. Raises UnknownEndpoint."""
    found = Endpoint.objects.select_related("mlist__domain").filter(mlist=mlist, membership=membership).first()
    if found is None:
        raise UnknownEndpoint(f"Posts of {_whose(mlist, membership)} go to no endpoint.")
    return found


def set_endpoint(
    mlist: MailingList,
    url: str,
    *,
    membership: Membership | None = None,
    with_mail: bool = False,
    actor: str,
) -> tuple[Endpoint, str]:
    """Send posts there from now on, and what waits. With it the new key, or nothing where one at this URL keeps its own.

    A member who takes digests gets each post from now on. Asks DNS. Raises EndpointRefused.
    """
    check(url)
    if membership is not None and with_mail:
        raise EndpointRefused(
            "A member gets his posts over HTTP or by mail; only a list's own endpoint can come beside mail."
        )
    with transaction.atomic():
        found = Endpoint.objects.select_for_update().filter(mlist=mlist, membership=membership).first()
        endpoint = found or Endpoint(mlist=mlist, membership=membership)
        secret = signed_posts.new_secret() if endpoint.url != url else ""
        if secret:
            endpoint.secret, endpoint.old_secret, endpoint.old_until = secret, "", None
        endpoint.url, endpoint.with_mail = url, with_mail
        _fresh(endpoint)
        if membership is not None and membership.effective("delivery_mode") != DeliveryMode.REGULAR:
            set_preferences(membership, actor=actor, delivery_mode=DeliveryMode.REGULAR)
        _record("set", endpoint, actor, at=endpoint.place, with_mail=with_mail)
        try_now(endpoint)
    return endpoint, secret


def check(url: str) -> None:
    """Raises EndpointRefused for a URL to which nothing may be sent."""
    if not choosing.in_use():
        raise EndpointRefused("Nothing goes over HTTP on this site: POSTHOUSE_HTTP_DELIVERY is off.")
    trusted = knocking.is_trusted(url)
    try:
        fetching.look(url, trusted=trusted)
    except FetchFailed as error:
        raise EndpointRefused(str(error)) from error
    if urlsplit(url).scheme != "https" and not trusted:
        raise EndpointRefused("An https URL is wanted; http is for hosts in POSTHOUSE_HTTP_DELIVERY_HOSTS.")


@transaction.atomic
def rotate(endpoint: Endpoint, *, actor: str) -> str:
    """A new key; the one before signs as well for BOTH_KEYS."""
    endpoint.old_secret, endpoint.old_until = endpoint.secret, timezone.now() + BOTH_KEYS
    endpoint.secret = signed_posts.new_secret()
    endpoint.save(update_fields=["secret", "old_secret", "old_until"])
    _record("key-changed", endpoint, actor)
    return endpoint.secret


@transaction.atomic
def switch_on(endpoint: Endpoint, *, actor: str) -> None:
    """Use it again, and forget what went wrong. What waits for it is due."""
    _fresh(endpoint)
    _record("on", endpoint, actor)
    try_now(endpoint)


def _fresh(endpoint: Endpoint) -> None:
    endpoint.off_at, endpoint.off_reason = None, ""
    endpoint.failures, endpoint.failing_since, endpoint.last_error = 0, None, ""
    endpoint.save()


@transaction.atomic
def switch_off(endpoint: Endpoint, reason: str, *, actor: str) -> bool:
    """Members get mail again, and a member what waits for him. A list's own posts wait for as long as mail would. False, and
    nothing done, where it was off."""
    now = timezone.now()
    on = Endpoint.objects.filter(pk=endpoint.pk, off_at__isnull=True)
    if not on.update(off_at=now, off_reason=reason[:500]):
        return False
    endpoint.off_at, endpoint.off_reason = now, reason[:500]
    _record("off", endpoint, actor, reason=endpoint.off_reason)
    bells.ring_after_commit(BellKind.ENDPOINT)
    if actor == DELIVERY:
        about = f"endpoint:{endpoint.pk}:{int(now.timestamp())}"
        whose = _whose(endpoint.mlist, endpoint.membership)
        telling.owners(
            endpoint.mlist, telling.ENDPOINT_OFF, about, now, member=whose, endpoint=endpoint.place, diagnostic=reason
        )
    return True


@transaction.atomic
def remove(endpoint: Endpoint, *, actor: str) -> None:
    """As if there had never been one: what waits for a member goes by mail, what waits for a list's own is cancelled."""
    if endpoint.membership_id is None:
        waiting = Batch.objects.filter(endpoint=endpoint, state__in=OPEN)
        deferred = Outcome.objects.filter(batch__in=waiting, state=OutcomeState.DEFERRED)
        deferred.update(state=OutcomeState.EXPIRED, due_at=None, reply="cancelled", updated_at=timezone.now())
        waiting.update(state=BatchState.CANCELLED, finished_at=timezone.now())
    else:
        bells.ring_after_commit(BellKind.SEND)
    _record("removed", endpoint, actor)
    endpoint.delete()


def try_now(endpoint: Endpoint) -> int:
    """Whatever waits for it is due, however often it failed. Returns how many posts wait."""
    past = at_once()
    with transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk).update(due_at=past)
        waiting = Batch.objects.filter(endpoint=endpoint, state=BatchState.PENDING)
        Outcome.objects.filter(batch__in=waiting, state=OutcomeState.DEFERRED).update(due_at=past)
        count = waiting.update(due_at=past)
        bells.ring_after_commit(BellKind.ENDPOINT)
    return count


def _whose(mlist: MailingList, membership: Membership | None) -> str:
    address = membership.subscriber_address if membership else None
    return address.original_email if address else mlist.posting_address


def _record(what: str, endpoint: Endpoint, actor: str, **data: object) -> None:
    whose = _whose(endpoint.mlist, endpoint.membership)
    record(f"endpoint.{what}", actor=actor, list_id=endpoint.mlist.list_id, subject=whose, **data)
