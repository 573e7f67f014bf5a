"""Leaving a list: at once, or after the words that its unsubscription_policy asks for."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Address, User
from lists.enums import MemberRole, PendingKind, SubscriptionPolicy, TokenOwner
from lists.errors import NotSubscribed
from lists.models import MailingList, Membership, Pending
from lists.queries import standings
from lists.services import membership_mail, pending
from lists.services.memberships import remove_member
from lists.services.workflow import Step, waits_for
from suite.common.events import announce
from suite.common.failpoints import failpoint


@transaction.atomic
def leave(
    mlist: MailingList,
    subscriber: Membership | Address | User | str,
    *,
    pre_confirmed: bool = False,
    pre_approved: bool = False,
    unproved: bool = False,
    send_goodbye: bool | None = None,
    tell_owners: bool | None = None,
    actor: str = "",
) -> Step:
    """A member wants to leave. The question goes to the address that is subscribed, whoever asked.

    An address finds the membership under it, under its user, or under another address of its user. `pre_confirmed`: the
    caller knows that the member wants it; `pre_approved`: that the list's people do. `unproved`: that it is the member himself is
    nothing but a letter's From, so he is asked whatever the policy. `send_goodbye` and `tell_owners` override the list's
    settings. Raises NotSubscribed and RequestPending.
    """
    membership = _membership(mlist, subscriber)
    address = membership.subscriber_address
    email = address.original_email if address else ""
    owner = waits_for(
        SubscriptionPolicy(mlist.unsubscription_policy),
        proved=not unproved,
        confirmed=pre_confirmed,
        approved=pre_approved,
    )
    options = {"goodbye": send_goodbye, "tell": tell_owners}
    if owner == TokenOwner.NO_ONE:
        return _part(membership, options, actor)
    pending.refuse_twin(mlist, PendingKind.UNSUBSCRIPTION, email)
    data: dict[str, Any] = {
        "email": email,
        "name": address.display_name if address else "",
        "preferences": {},
        "member": membership.member_id.hex,
        "approved": pre_approved,
        **options,
    }
    issued = pending.create(PendingKind.UNSUBSCRIPTION, mlist, email=email, owner=owner, data=data)
    _call_upon(mlist, issued.pending, issued.token)
    return Step(owner, issued.token)


def go_on(mlist: MailingList, request: Pending, *, actor: str = "") -> Step:
    """The member has confirmed. A moderator is next, or nobody. In the caller's transaction."""
    owner = waits_for(
        SubscriptionPolicy(mlist.unsubscription_policy), proved=True, confirmed=True, approved=request.data["approved"]
    )
    if owner == TokenOwner.MODERATOR:
        token = pending.reissue(request, owner=owner)
        _call_upon(mlist, request, token)
        return Step(owner, token)
    return finish(mlist, request, actor=actor)


def finish(mlist: MailingList, request: Pending, *, actor: str = "") -> Step:
    """Nobody is waited for any more. Who has left on another road meanwhile has left."""
    pending.use_up(request)
    membership = _loaded(mlist).filter(member_id=UUID(request.data["member"])).first()
    if membership is None:
        return Step(TokenOwner.NO_ONE)
    try:
        return _part(membership, request.data, actor or request.email)
    except NotSubscribed:
        return Step(TokenOwner.NO_ONE)


def _part(membership: Membership, options: dict[str, Any], actor: str) -> Step:
    still_there = Membership.objects.select_for_update().filter(pk=membership.pk).values_list("pk")
    if not still_there:  # of two who come at once, the second hears it after the first's commit
        raise NotSubscribed(f"{membership} has left already.")
    membership_mail.goodbye(membership, options["goodbye"])
    membership_mail.tell_owners(membership, joined=False, wanted=options["tell"])
    failpoint("leaving.before-removal")
    remove_member(membership, actor=actor)
    failpoint("leaving.before-commit")
    return Step(TokenOwner.NO_ONE)


def _call_upon(mlist: MailingList, request: Pending, token: str) -> None:
    if request.token_owner == TokenOwner.MODERATOR:
        membership_mail.tell_moderators(mlist, request)
        return
    membership_mail.ask(mlist, request, token)
    announce("unsubscription.confirmation-needed", list_id=mlist.list_id, subject=request.email, token=token)


def _membership(mlist: MailingList, subscriber: Membership | Address | User | str) -> Membership:
    if isinstance(subscriber, Membership):
        found = _loaded(mlist).filter(pk=subscriber.pk).first()
    elif isinstance(subscriber, User):
        found = _loaded(mlist).filter(user=subscriber).first()
    else:
        key = subscriber if isinstance(subscriber, str) else subscriber.email
        [standing] = standings(mlist, [key]).values()
        found = _loaded(mlist).filter(pk=standing.member.pk).first() if standing.member else None
    if found is None:
        raise NotSubscribed(f"{subscriber} is not a member of {mlist.posting_address}.")
    return found


def _loaded(mlist: MailingList) -> QuerySet[Membership]:
    rows = mlist.memberships.filter(role=MemberRole.MEMBER)
    return rows.select_related("mlist__domain", "address", "user__preferred_address")
