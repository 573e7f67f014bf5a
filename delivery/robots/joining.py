"""Commands join and leave. Nothing comes of a letter alone: the address concerned is asked, whoever From says has written."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from accounts.enums import DeliveryMode
from accounts.queries import address_of
from delivery.robots.arguments import Bad, read_options
from delivery.robots.base import Answer, Request
from delivery.robots.setting import membership_of
from lists.enums import TokenOwner
from lists.errors import AlreadySubscribed, RequestPending
from lists.links import unsubscribe_url
from lists.models import Membership
from lists.services import joining, leaving
from lists.services.workflow import Step
from suite.mail import addresses

OPTIONS: dict[str, tuple[str, ...]] = {"digest": ("no", "mime", "plain"), "address": ()}
"""What may stand behind join."""

_MODES = {"mime": DeliveryMode.MIME_DIGESTS, "plain": DeliveryMode.PLAINTEXT_DIGESTS}


def join(request: Request, arguments: Sequence[str]) -> Answer:
    """Join with the sender's address or another one, which is asked. Of another one the sender learns nothing."""
    try:
        options = read_options(arguments, OPTIONS)
        email = _address(request, options.get("address", ""))
    except Bad as bad:
        return Answer(request.say("bad-argument", argument=bad.argument), failed=True)
    mode = _MODES.get(options.get("digest", "no"))
    if mode and not request.mlist.digests_enabled:
        return Answer(request.say("set.no-digests", listname=request.mlist.posting_address), failed=True)
    preferences = {"delivery_mode": mode} if mode else {}
    return Answer(act=lambda: _join(request, email, preferences))


def _address(request: Request, wanted: str) -> str:
    """As it is written, for mail goes where its owner's letter case says. Raises Bad for what is no address."""
    if wanted and not addresses.is_valid(wanted):
        raise Bad(f"address={wanted}")
    return wanted or request.candidate.senders[0].written


def _join(request: Request, email: str, preferences: dict[str, Any]) -> Answer:
    own = addresses.key(email) == request.sender
    name = request.name if own else ""
    asked = Answer(request.say("join.asked", user_email=email), silent=True)
    try:
        step = joining.join(
            request.mlist,
            email,
            display_name=name,
            unproved=not settings.TRUST_FROM,
            actor=request.sender,
            **preferences,
        )
    except RequestPending:
        return asked
    except AlreadySubscribed:
        if own:
            raise
        return asked
    return asked if step.owner == TokenOwner.SUBSCRIBER else _told(request, "join", email, step)


def leave(request: Request, arguments: Sequence[str]) -> Answer:
    """End the sender's membership. The question goes to the address that is on the list."""
    membership = membership_of(request)
    if membership is None:
        return Answer(request.say("not-a-member", listname=request.mlist.posting_address), failed=True)
    sender = address_of(request.sender)
    if sender is None or not sender.verified:
        return _not_verified(request, membership)
    return Answer(act=lambda: _leave(request, membership))


def _not_verified(request: Request, membership: Membership) -> Answer:
    """Who was put on a list and never asked has a way out all the same: the link that his copies of posts would have."""
    mlist = request.mlist
    link = unsubscribe_url(membership.pk, mlist.list_id, mlist.domain.base_url)
    values = {"user_email": request.recipient, "listname": mlist.posting_address, "unsubscribe_url": link}
    return Answer(request.say("leave.not-verified", **values), failed=True)


def _leave(request: Request, membership: Membership) -> Answer:
    own = membership.subscriber_address
    asked = Answer(request.say("leave.asked"), silent=own is not None and own.email == request.sender)
    try:
        step = leaving.leave(request.mlist, membership, unproved=not settings.TRUST_FROM, actor=request.sender)
    except RequestPending:
        return asked
    return asked if step.owner == TokenOwner.SUBSCRIBER else _told(request, "leave", request.recipient, step)


def _told(request: Request, command: str, email: str, step: Step) -> Answer:
    """Where nobody had to be asked, or a moderator is."""
    key = f"{command}.done" if step.done else f"{command}.waits"
    return Answer(request.say(key, user_email=email, listname=request.mlist.posting_address))
