"""Joining a list: a wish, the words it waits for, and the membership that comes of it.

`join()` begins, `lists.services.requests` goes on when somebody has answered. `add_member()` is what all of it ends with; who
calls that directly asks nobody and sends nothing.
"""

from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import Address, User
from accounts.queries import address_of
from accounts.services.addresses import get_or_create_address, verify
from accounts.services.preferences import check_preferences
from lists.enums import MemberRole, PendingKind, SubscriptionPolicy, TokenOwner
from lists.errors import AlreadySubscribed, UnknownUser
from lists.models import MailingList, Pending
from lists.services import join_shield, membership_mail, pending
from lists.services.memberships import add_member, check_joining
from lists.services.workflow import Step, waits_for
from suite.common.events import announce
from suite.common.failpoints import failpoint

Subscriber = Address | User | UUID | str
"""An address, as row or text, or a user, as row or id. A user's membership follows his preferred address."""


@transaction.atomic
def join(
    mlist: MailingList,
    subscriber: Subscriber,
    *,
    display_name: str = "",
    pre_verified: bool = False,
    pre_confirmed: bool = False,
    pre_approved: bool = False,
    invitation: bool = False,
    unproved: bool = False,
    send_welcome: bool | None = None,
    tell_owners: bool | None = None,
    ip: str = "",
    actor: str = "",
    **preferences: Any,
) -> Step:
    """Somebody wants to join, or is invited to: as the list's subscription_policy says, at once or after being asked.

    `pre_verified`: the caller knows that this is the person's address; `pre_confirmed`: that he wants to join;
    `pre_approved`: that the list's people want it. An invitation has the three, and is asked for all the same.
    `unproved`: that it is the person himself is nothing but a letter's From, so the address is asked whatever the policy.
    `send_welcome` and `tell_owners` override the list's settings, `ip` is where a web client is (for the join shield), and
    `preferences` are those of `add_member`. Raises what `add_member` raises, UnknownUser, and RequestPending; then nothing was
    kept and no mail sent.
    """
    if isinstance(subscriber, UUID):
        subscriber = _user(subscriber)
    check_preferences(preferences)
    check_joining(mlist, subscriber, MemberRole.MEMBER)
    address = _address(subscriber)
    email = address.original_email if address else str(subscriber)
    pending.refuse_twin(mlist, PendingKind.SUBSCRIPTION, email)
    approved = pre_approved or invitation
    data = {
        "email": email,
        "name": display_name,
        "user": str(subscriber.pk) if isinstance(subscriber, User) else None,
        "preferences": preferences,
        "invitation": invitation,
        "approved": approved,
        "welcome": send_welcome,
        "tell": tell_owners,
    }
    proved = not unproved and (pre_verified or (address is not None and address.verified))
    owner = waits_for(
        SubscriptionPolicy(mlist.subscription_policy),
        proved=proved and not invitation,
        confirmed=pre_confirmed,
        approved=approved,
    )
    if owner == TokenOwner.NO_ONE:
        return _become_member(mlist, data, actor)
    if owner == TokenOwner.SUBSCRIBER and not join_shield.admit(email, ip=ip, invited=invitation):
        return Step(owner)
    issued = pending.create(PendingKind.SUBSCRIPTION, mlist, email=email, owner=owner, data=data)
    failpoint("joining.before-mail")
    _call_upon(mlist, issued.pending, issued.token)
    failpoint("joining.before-commit")
    return Step(owner, issued.token)


def go_on(mlist: MailingList, request: Pending, *, actor: str = "") -> Step:
    """The subscriber has confirmed: his address is proved. A moderator is next, or nobody. In the caller's transaction."""
    join_shield.answered(request.email)
    verify(get_or_create_address(request.data["email"], request.data["name"]))
    owner = waits_for(
        SubscriptionPolicy(mlist.subscription_policy), proved=True, confirmed=True, approved=request.data["approved"]
    )
    if owner == TokenOwner.MODERATOR:
        token = pending.reissue(request, owner=owner)
        _call_upon(mlist, request, token)
        return Step(owner, token)
    return finish(mlist, request, actor=actor)


def finish(mlist: MailingList, request: Pending, *, actor: str = "") -> Step:
    """Nobody is waited for any more. Who became a member on another road meanwhile stays one, and is not greeted again."""
    pending.use_up(request)
    try:
        return _become_member(mlist, request.data, actor or request.email)
    except AlreadySubscribed:
        return Step(TokenOwner.NO_ONE)


def _become_member(mlist: MailingList, data: dict[str, Any], actor: str) -> Step:
    user = User.objects.filter(pk=data["user"]).first() if data["user"] else None
    if user is not None and user.preferred_address is None:
        user = None
    subscriber = user or data["email"]  # who is gone, or one with another, is still known by his address
    membership = add_member(mlist, subscriber, display_name=data["name"], actor=actor, **data["preferences"])
    failpoint("joining.before-welcome")
    membership_mail.welcome(membership, data["welcome"])
    membership_mail.tell_owners(membership, joined=True, wanted=data.get("tell"))
    failpoint("joining.before-commit")
    return Step(TokenOwner.NO_ONE, membership=membership)


def _call_upon(mlist: MailingList, request: Pending, token: str) -> None:
    """Ask whoever's word is waited for, and tell the listeners."""
    if request.token_owner == TokenOwner.MODERATOR:
        membership_mail.tell_moderators(mlist, request)
        return
    membership_mail.ask(mlist, request, token)
    what = "invitation" if request.data["invitation"] else "confirmation"
    announce(f"subscription.{what}-needed", list_id=mlist.list_id, subject=request.email, token=token)


def _address(subscriber: Address | User | str) -> Address | None:
    """The subscriber's row, where he has one. A wish alone makes none: strangers' wishes must not fill the table."""
    if isinstance(subscriber, User):
        return subscriber.preferred_address
    return subscriber if isinstance(subscriber, Address) else address_of(subscriber)


def _user(user_id: UUID) -> User:
    user = User.objects.select_related("preferred_address").filter(pk=user_id).first()
    if user is None:
        raise UnknownUser("There is no such user.")
    return user
