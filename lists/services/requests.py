"""What becomes of a wish to join or to leave that waits: the subscriber confirms or disowns it, a moderator decides."""

from types import ModuleType

from django.db import transaction
from django.db.models import QuerySet

from lists.enums import Action, PendingKind, TokenOwner
from lists.errors import NoSuchDecision, NotAwaited
from lists.models import MailingList, Pending
from lists.services import join_shield, joining, leaving, membership_mail, pending
from lists.services.workflow import Step
from suite.common.events import record

WAYS: dict[PendingKind, ModuleType] = {PendingKind.SUBSCRIPTION: joining, PendingKind.UNSUBSCRIPTION: leaving}
"""Kind of request -> the service with its `go_on` and `finish`."""


@transaction.atomic
def confirm(token: str, *, mlist: MailingList | None = None, actor: str = "") -> Step:
    """The subscriber has shown his token. Of two at once, one is done and the other hears UnknownToken.

    Raises UnknownToken, and where joining is not possible any more what `add_member` raises (a ban, above all).
    """
    request = read(token, mlist=mlist)
    step: Step = WAYS[PendingKind(request.kind)].go_on(_list_of(request), request, actor=actor)
    return step


@transaction.atomic
def disown(token: str, *, mlist: MailingList | None = None) -> None:
    """ "This was not me": the request is over. To join, the address is asked by no list for a time. Raises UnknownToken."""
    request = read(token, mlist=mlist)
    pending.use_up(request)
    _record("disowned", request, actor=request.email)
    if request.kind == PendingKind.SUBSCRIPTION:
        join_shield.refuse(request.data["email"], list_id=_list_of(request).list_id)


def read(token: str, *, mlist: MailingList | None = None) -> Pending:
    """The request that this token of a subscriber answers. Raises UnknownToken; a moderator's token is none here."""
    request = pending.read(token, *WAYS, mlist=mlist)
    if request.token_owner != TokenOwner.SUBSCRIBER:
        raise pending.unknown()
    return request


def awaiting(mlist: MailingList | None = None) -> QuerySet[Pending]:
    """Requests that a moderator must decide about, the oldest first."""
    return pending.waiting(mlist, owner=TokenOwner.MODERATOR).filter(kind__in=list(WAYS))


@transaction.atomic
def decide(request: Pending, action: Action, *, reason: str = "", actor: str = "") -> Step:
    """A moderator's word: accept, reject (the subscriber is told why), discard (in silence), or leave it (defer, hold).

    What waits for the subscriber can be discarded; nobody else confirms for him. Raises NotAwaited, NoSuchDecision, UnknownToken
    where somebody was quicker, and what `add_member` raises.
    """
    decisions = {
        Action.ACCEPT: _accept,
        Action.REJECT: _reject,
        Action.DISCARD: _discard,
        Action.DEFER: _leave_it,
        Action.HOLD: _leave_it,
    }
    if action not in decisions or request.kind not in WAYS:
        raise NoSuchDecision("This cannot be decided so.")
    return decisions[action](request, reason, actor)


def _accept(request: Pending, reason: str, actor: str) -> Step:
    _must_wait_for_moderator(request)
    _record("accepted", request, actor=actor)
    step: Step = WAYS[PendingKind(request.kind)].finish(_list_of(request), request, actor=actor)
    return step


def _reject(request: Pending, reason: str, actor: str) -> Step:
    _must_wait_for_moderator(request)
    pending.use_up(request)
    membership_mail.refused(_list_of(request), request, reason)
    _record("rejected", request, actor=actor, reason=reason)
    return Step(TokenOwner.NO_ONE)


def _discard(request: Pending, reason: str, actor: str) -> Step:
    pending.use_up(request)
    _record("discarded", request, actor=actor, reason=reason)
    return Step(TokenOwner.NO_ONE)


def _leave_it(request: Pending, reason: str, actor: str) -> Step:
    return Step(TokenOwner(request.token_owner))


def _must_wait_for_moderator(request: Pending) -> None:
    if request.token_owner != TokenOwner.MODERATOR:
        raise NotAwaited(f"{request.email} has not confirmed yet: only a discard is possible.")


def _list_of(request: Pending) -> MailingList:
    assert request.mlist is not None, "requests belong to a list"
    return request.mlist


def _record(what: str, request: Pending, *, actor: str, reason: str = "") -> None:
    data = {"reason": reason} if reason else {}
    kind = f"{PendingKind(request.kind).wire}.{what}"
    record(kind, actor=actor, list_id=_list_of(request).list_id, subject=request.email, **data)
