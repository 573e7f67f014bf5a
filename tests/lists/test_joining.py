"""Joining: who is asked under each policy, what is refused, and that nothing is done twice."""

import uuid
from itertools import product
from typing import Any

import pytest

from accounts.enums import DeliveryMode
from accounts.errors import InvalidAddress
from accounts.models import Address, User
from accounts.services.addresses import add_address, get_or_create_address, set_preferred, verify
from accounts.services.users import absorb, delete_user
from lists.enums import Action, MemberRole, SubscriptionPolicy, TokenOwner
from lists.errors import (
    AlreadySubscribed,
    InvalidSubscriber,
    MembershipBanned,
    RequestPending,
    SuiteError,
    UnknownToken,
    UnknownUser,
)
from lists.models import MailingList, Membership, Pending
from lists.services import pending, requests
from lists.services.bans import ban
from lists.services.joining import join
from lists.services.mailing_lists import change_settings
from suite.common.models import Event
from tests.support.factories import make_list, make_member
from tests.support.notices import told
from tests.support.pages import everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]

OPEN, CONFIRM, MODERATE, BOTH = SubscriptionPolicy
NO_ONE, SUBSCRIBER, MODERATOR = TokenOwner
DORA = "Dora@example.com"
DECIDED = {Action.ACCEPT: "accepted", Action.REJECT: "rejected", Action.DISCARD: "discarded"}


def proved(email: str = DORA) -> Address:
    address = get_or_create_address(email)
    verify(address)
    return address


def with_policy(mlist: MailingList, policy: SubscriptionPolicy) -> MailingList:
    change_settings(mlist, subscription_policy=policy)
    return mlist


def members(mlist: MailingList) -> list[str]:
    rows = Membership.objects.filter(mlist=mlist, role=MemberRole.MEMBER).order_by("pk")
    return [str(row.subscriber_address) for row in rows]


@pytest.mark.feature("core.subscription.open")
def test_open_takes_a_proved_address_at_once(dev: MailingList) -> None:
    with_policy(dev, OPEN)
    proved()

    step = join(dev, DORA)

    assert step.done and step.membership is not None
    assert members(dev) == [DORA]
    assert not Pending.objects.exists()
    assert [mail.kind for mail in told()] == ["welcome"]


@pytest.mark.feature("core.subscription.open")
def test_open_takes_a_vouched_for_address_at_once(dev: MailingList) -> None:
    with_policy(dev, OPEN)

    assert join(dev, DORA, pre_verified=True).done
    assert members(dev) == [DORA]


@pytest.mark.feature("core.subscription.open")
def test_open_asks_an_unproved_address_first(dev: MailingList) -> None:
    with_policy(dev, OPEN)

    step = join(dev, DORA)

    assert (step.owner, members(dev)) == (SUBSCRIBER, [])
    assert requests.confirm(step.token).done
    assert members(dev) == [DORA]


@pytest.mark.feature("core.subscription.confirm")
@pytest.mark.parametrize("known", [False, True])
def test_confirm_asks_once_and_proves_the_address(dev: MailingList, known: bool) -> None:
    with_policy(dev, CONFIRM)
    if known:
        proved()

    step = join(dev, DORA, display_name="Dora")

    assert (step.owner, members(dev)) == (SUBSCRIBER, [])
    assert [(mail.kind, mail.recipient) for mail in told()] == [("confirmation", DORA)]
    assert Address.objects.exists() is known, "a wish alone makes no address"

    done = requests.confirm(step.token)

    assert done.done and members(dev) == [DORA]
    assert Address.objects.get().verified
    assert [mail.kind for mail in told()] == ["confirmation", "welcome"]


@pytest.mark.feature("core.subscription.moderate")
@pytest.mark.parametrize("action", [Action.ACCEPT, Action.REJECT, Action.DISCARD])
def test_moderate_waits_for_a_moderator_when_the_address_is_proved(
    dev: MailingList, action: Action, anne: User
) -> None:
    with_policy(dev, MODERATE)
    asked = join(dev, DORA)
    assert asked.owner == SUBSCRIBER

    step = requests.confirm(asked.token)
    assert (step.owner, members(dev)) == (MODERATOR, [])
    [request] = requests.awaiting(dev)
    before = len(told())
    requests.decide(request, action, reason="No more tea.", actor="anne@example.com")

    mails = told()[before:]
    assert members(dev) == ([DORA] if action == Action.ACCEPT else [])
    assert [mail.kind for mail in mails] == {
        Action.ACCEPT: ["welcome"],
        Action.REJECT: ["request-refused"],
        Action.DISCARD: [],
    }[action]
    if action == Action.REJECT:
        assert mails[0].recipient == DORA
        assert "No more tea." in mails[0].text and "join dev@example.org" in mails[0].text
    event = Event.objects.get(kind=f"subscription.{DECIDED[action]}")
    assert (event.actor, event.subject) == ("anne@example.com", "dora@example.com")
    assert list(requests.awaiting(dev)) == []


@pytest.mark.feature("core.subscription.confirm-then-moderate")
def test_confirm_then_moderate_asks_both(dev: MailingList) -> None:
    with_policy(dev, BOTH)
    proved()

    first = join(dev, DORA)
    second = requests.confirm(first.token)

    assert (first.owner, second.owner, members(dev)) == (SUBSCRIBER, MODERATOR, [])
    with pytest.raises(UnknownToken):
        requests.confirm(first.token)
    with pytest.raises(UnknownToken):
        requests.confirm(second.token)  # a moderator's token is no subscriber's word
    requests.decide(pending.read(second.token), Action.ACCEPT)
    assert members(dev) == [DORA]


@pytest.mark.feature("core.subscription.confirm-then-moderate")
def test_confirm_then_moderate_skips_what_was_said_already(dev: MailingList) -> None:
    with_policy(dev, BOTH)
    proved()
    proved("bart@example.com")

    confirmed = join(dev, DORA, pre_confirmed=True)
    approved = join(dev, "bart@example.com", pre_approved=True)

    assert (confirmed.owner, approved.owner, members(dev)) == (MODERATOR, SUBSCRIBER, [])
    assert requests.confirm(approved.token).done
    assert members(dev) == ["bart@example.com"]


def documented(policy: SubscriptionPolicy, verified: bool, confirmed: bool, approved: bool) -> TokenOwner:
    """The table of the manual, written out: unproved addresses are asked whatever the policy."""
    if not verified:
        return SUBSCRIBER
    return {
        OPEN: NO_ONE,
        CONFIRM: NO_ONE if confirmed else SUBSCRIBER,
        MODERATE: NO_ONE if approved else MODERATOR,
        BOTH: {(0, 0): SUBSCRIBER, (0, 1): SUBSCRIBER, (1, 0): MODERATOR, (1, 1): NO_ONE}[confirmed, approved],
    }[policy]


@pytest.mark.feature("core.subscription.pre-flags")
@pytest.mark.parametrize(
    ("policy", "verified", "confirmed", "approved"), list(product(SubscriptionPolicy, *[(False, True)] * 3))
)
def test_what_is_known_before_is_not_asked(
    dev: MailingList, policy: SubscriptionPolicy, verified: bool, confirmed: bool, approved: bool
) -> None:
    with_policy(dev, policy)

    step = join(dev, DORA, pre_verified=verified, pre_confirmed=confirmed, pre_approved=approved)

    assert step.owner == documented(policy, verified, confirmed, approved)
    assert members(dev) == ([DORA] if step.done else [])
    waits = list(Pending.objects.values_list("token_owner", flat=True))
    assert waits == ([] if step.done else [step.owner])
    if step.owner == SUBSCRIBER:
        following = requests.confirm(step.token)
        assert following.owner == (MODERATOR if policy in (MODERATE, BOTH) and not approved else NO_ONE)


@pytest.mark.feature("core.subscription.invitation")
@pytest.mark.parametrize("policy", SubscriptionPolicy)
@pytest.mark.parametrize("known", [False, True])
def test_an_invitation_asks_and_then_subscribes(dev: MailingList, policy: SubscriptionPolicy, known: bool) -> None:
    with_policy(dev, policy)
    if known:
        proved()

    step = join(dev, DORA, invitation=True)

    assert (step.owner, members(dev)) == (SUBSCRIBER, [])
    [mail] = told()
    assert mail.subject == "You are invited to the mailing list dev@example.org"
    assert "invite you to join" in mail.text
    assert requests.confirm(step.token).done
    assert members(dev) == [DORA]


REFUSED: dict[str, tuple[Any, type[SuiteError]]] = {
    "already subscribed": ("bart@example.com", AlreadySubscribed),
    "already pending": ("cris@example.com", RequestPending),
    "banned": ("eve@example.net", MembershipBanned),
    "an unknown user": (uuid.UUID(int=7), UnknownUser),
    "the list itself": ("Dev@example.org", InvalidSubscriber),
    "no address": ("dora at example", InvalidAddress),
}


@pytest.mark.feature("core.subscription.refusals")
@pytest.mark.parametrize("flags", [{}, {"pre_verified": True, "pre_confirmed": True}, {"invitation": True}], ids=str)
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_leaves_nothing_behind(dev: MailingList, case: str, flags: dict[str, Any]) -> None:
    make_member(dev, "Bart@example.com")
    join(dev, "Cris@example.com")
    ban("^.*@example\\.net$")
    subscriber, error = REFUSED[case]
    before = everything()

    with pytest.raises(error):
        join(dev, subscriber, **flags)

    assert everything() == before


@pytest.mark.feature("core.subscription.refusals")
def test_the_list_itself_is_a_nonmember_at_most(dev: MailingList) -> None:
    for role in (MemberRole.MEMBER, MemberRole.OWNER, MemberRole.MODERATOR):
        with pytest.raises(InvalidSubscriber):
            make_member(dev, "dev@example.org", role)

    assert make_member(dev, "dev@example.org", MemberRole.NONMEMBER).role == MemberRole.NONMEMBER


def test_the_refusals_have_names_of_their_own() -> None:
    assert len({error.code for _, error in REFUSED.values()}) == len(REFUSED)


def test_a_user_without_preferred_address_cannot_join(dev: MailingList, dora: User) -> None:
    dora.preferred_address = None
    dora.save()

    with pytest.raises(InvalidSubscriber):
        join(dev, dora)


def test_a_user_joins_as_himself(dev: MailingList, dora: User) -> None:
    step = join(dev, dora.pk, delivery_mode=DeliveryMode.MIME_DIGESTS)
    done = requests.confirm(step.token)

    assert done.membership is not None
    assert (done.membership.user, done.membership.address) == (dora, None)
    assert done.membership.delivery_mode == DeliveryMode.MIME_DIGESTS
    assert told("confirmation")[0].recipient == "dora@example.com"


@pytest.mark.parametrize("fate", ["deleted", "absorbed", "without address"])
def test_a_user_who_is_gone_is_known_by_his_address(dev: MailingList, dora: User, bart: User, fate: str) -> None:
    token = join(dev, dora).token
    if fate == "deleted":
        delete_user(dora)
    elif fate == "absorbed":
        absorb(bart, dora)
    else:
        set_preferred(dora, None)

    done = requests.confirm(token)

    assert done.membership is not None
    assert str(done.membership.subscriber_address) == "dora@example.com"


def test_a_preference_nobody_knows_is_refused_at_once(dev: MailingList) -> None:
    with pytest.raises(TypeError, match="No such preference: colour"):
        join(dev, DORA, colour="blue")

    assert not Pending.objects.exists()


@pytest.mark.feature("core.model.nonmember-cleanup")
@pytest.mark.parametrize("road", ["added", "confirmed", "approved", "by user"])
def test_joining_ends_all_nonmember_rows_of_the_person(dev: MailingList, dora: User, road: str) -> None:
    with_policy(dev, BOTH if road == "approved" else CONFIRM)
    other = add_address(dora, "dora@example.net", verified=True)
    for address in (dora.preferred_address, other):
        make_member(dev, address, MemberRole.NONMEMBER)
    make_member(dev, dora, MemberRole.NONMEMBER)
    kept = [make_member(dev, "eve@example.com", MemberRole.NONMEMBER)]
    kept.append(make_member(make_list("cooks"), other, MemberRole.NONMEMBER))

    if road == "added":
        make_member(dev, "dora@example.net")
    else:
        step = requests.confirm(join(dev, dora if road == "by user" else "dora@example.net").token)
        if not step.done:
            requests.decide(pending.read(step.token), Action.ACCEPT)

    assert len(members(dev)) == 1
    assert list(Membership.objects.filter(role=MemberRole.NONMEMBER).order_by("pk")) == kept
