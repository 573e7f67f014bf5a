"""What becomes of a wish to join that waits: confirmed, decided, overtaken by something else; each once."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from accounts.models import Address, User
from accounts.services.addresses import add_address, get_or_create_address, verify
from lists.enums import Action, MemberRole, PendingKind, SubscriptionPolicy, TokenOwner
from lists.errors import MembershipBanned, NoSuchDecision, NotAwaited, UnknownToken
from lists.models import AskedAddress, MailingList, Membership, Pending
from lists.services import pending, requests
from lists.services.bans import ban
from lists.services.joining import join
from lists.services.mailing_lists import change_settings
from tests.support.factories import make_list, make_member
from tests.support.notices import told
from tests.support.pages import everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]

MODERATE, MODERATOR = SubscriptionPolicy.MODERATE, TokenOwner.MODERATOR
DORA = "Dora@example.com"


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


@pytest.mark.feature("core.subscription.confirm")
def test_a_confirmation_proves_the_address_to_sign_in_with_too(dev: MailingList, dora: User) -> None:
    add_address(dora, "dora@example.net")
    rows = EmailAddress.objects.filter(user=dora, email="dora@example.net")
    assert [row.verified for row in rows] == [False]

    requests.confirm(join(dev, "dora@example.net").token)

    assert [row.verified for row in rows.all()] == [True]
    assert Address.objects.get(email="dora@example.net").verified


@pytest.mark.feature("core.subscription.races")
def test_of_two_confirmations_one_counts(dev: MailingList) -> None:
    """Both have read the request before either acts, as two processes do."""
    token = join(dev, DORA).token
    first, second = requests.read(token), requests.read(token)
    way = requests.WAYS[PendingKind.SUBSCRIPTION]

    way.go_on(dev, first)
    with pytest.raises(UnknownToken):
        way.go_on(dev, second)

    assert members(dev) == [DORA]
    assert len(told("welcome")) == 1


def test_who_was_added_meanwhile_is_not_greeted_again(dev: MailingList) -> None:
    with_policy(dev, MODERATE)
    proved()
    token = join(dev, DORA).token
    request = pending.read(token)
    Pending.objects.filter(pk=request.pk).update(email="somebody@example.com")  # what add_member cannot tidy up
    make_member(dev, DORA)

    assert requests.decide(request, Action.ACCEPT).done
    assert members(dev) == [DORA]
    assert told("welcome") == []
    assert not Pending.objects.exists()


def test_who_is_added_waits_no_longer(dev: MailingList) -> None:
    token = join(dev, DORA).token
    other = join(make_list("cooks"), "eve@example.com").token

    make_member(dev, DORA)

    with pytest.raises(UnknownToken):
        requests.confirm(token)
    assert requests.read(other).email == "eve@example.com"


def test_a_ban_that_came_meanwhile_holds(dev: MailingList) -> None:
    token = join(dev, DORA).token
    ban(DORA)

    with pytest.raises(MembershipBanned):
        requests.confirm(token)

    assert members(dev) == []


def test_nobody_confirms_for_the_subscriber(dev: MailingList) -> None:
    join(dev, DORA)
    [request] = pending.waiting(dev)

    for action in (Action.ACCEPT, Action.REJECT):
        with pytest.raises(NotAwaited, match="has not confirmed yet"):
            requests.decide(request, action)

    requests.decide(request, Action.DISCARD)
    assert not Pending.objects.exists()


@pytest.mark.parametrize("action", [Action.DEFER, Action.HOLD])
def test_what_is_deferred_goes_on_waiting(dev: MailingList, action: Action) -> None:
    with_policy(dev, MODERATE)
    proved()
    token = join(dev, DORA).token
    before = everything()

    assert requests.decide(pending.read(token), action).owner == MODERATOR
    assert everything() == before


def test_a_day_later_the_question_may_be_asked_again(dev: MailingList) -> None:
    first = join(dev, DORA)
    day = timedelta(days=1, seconds=1)
    Pending.objects.update(created_at=Pending.objects.get().created_at - day)
    AskedAddress.objects.update(asked_at=AskedAddress.objects.get().asked_at - day)

    second = join(dev, DORA)

    with pytest.raises(UnknownToken):
        requests.confirm(first.token)
    assert requests.confirm(second.token).done


@pytest.mark.parametrize("kind", [PendingKind.HELD_MESSAGE, PendingKind.PROBE, PendingKind.DATA])
def test_what_is_no_request_is_not_decided_so(dev: MailingList, kind: PendingKind) -> None:
    issued = pending.create(kind, dev, owner=MODERATOR)

    with pytest.raises(NoSuchDecision):
        requests.decide(issued.pending, Action.ACCEPT)
    with pytest.raises(UnknownToken):
        requests.confirm(issued.token)
    with pytest.raises(UnknownToken):
        requests.disown(issued.token)
    assert Pending.objects.count() == 1
