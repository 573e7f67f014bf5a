"""Leaving under each policy: who is asked, what is sent, and that the address may come back."""

from itertools import product

import pytest

from accounts.enums import DeliveryMode
from accounts.models import User
from accounts.services.addresses import add_address
from lists.enums import Action, MemberRole, PendingKind, SubscriptionPolicy, TokenOwner
from lists.errors import NotSubscribed, RequestPending, UnknownToken
from lists.models import MailingList, Membership, Pending
from lists.services import pending, requests
from lists.services.leaving import leave
from lists.services.mailing_lists import change_settings
from lists.services.memberships import remove_member
from suite.common.models import Event
from tests.support.factories import make_list, make_member
from tests.support.notices import told
from tests.support.pages import everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]

OPEN, CONFIRM, MODERATE, BOTH = SubscriptionPolicy
NO_ONE, SUBSCRIBER, MODERATOR = TokenOwner
BART = "Bart@example.com"


def with_policy(mlist: MailingList, policy: SubscriptionPolicy) -> MailingList:
    change_settings(mlist, unsubscription_policy=policy)
    return mlist


@pytest.mark.feature("core.unsubscription.policies")
@pytest.mark.parametrize(
    ("policy", "words"),
    [(OPEN, []), (CONFIRM, [SUBSCRIBER]), (MODERATE, [MODERATOR]), (BOTH, [SUBSCRIBER, MODERATOR])],
)
@pytest.mark.parametrize("mode", [DeliveryMode.REGULAR, DeliveryMode.MIME_DIGESTS])
def test_each_policy_asks_whom_it_names(
    dev: MailingList, policy: SubscriptionPolicy, words: list[TokenOwner], mode: DeliveryMode
) -> None:
    with_policy(dev, policy)
    make_member(dev, BART, delivery_mode=mode)

    step = leave(dev, "bart@EXAMPLE.com")
    asked = []
    while not step.done:
        asked.append(step.owner)
        assert Membership.objects.count() == 1
        if step.owner == SUBSCRIBER:
            step = requests.confirm(step.token)
        else:
            step = requests.decide(pending.read(step.token), Action.ACCEPT)

    assert asked == words
    assert not Membership.objects.exists()
    assert not Pending.objects.exists()
    assert [mail.recipient for mail in told("confirmation")] == [BART] * words.count(SUBSCRIBER)


@pytest.mark.feature("core.unsubscription.policies")
@pytest.mark.parametrize(("policy", "confirmed", "approved"), list(product(SubscriptionPolicy, *[(False, True)] * 2)))
def test_what_is_known_before_is_not_asked(
    dev: MailingList, policy: SubscriptionPolicy, confirmed: bool, approved: bool
) -> None:
    """A confirmation given before does not stand in for the moderator's word."""
    with_policy(dev, policy)
    make_member(dev, BART)

    step = leave(dev, BART, pre_confirmed=confirmed, pre_approved=approved)

    assert (
        step.owner
        == {
            OPEN: NO_ONE,
            CONFIRM: NO_ONE if confirmed else SUBSCRIBER,
            MODERATE: NO_ONE if approved else MODERATOR,
            BOTH: {(0, 0): SUBSCRIBER, (0, 1): SUBSCRIBER, (1, 0): MODERATOR, (1, 1): NO_ONE}[confirmed, approved],
        }[policy]
    )
    assert Membership.objects.exists() is not step.done


@pytest.mark.feature("core.unsubscription.goodbye")
@pytest.mark.parametrize("wanted", [False, True])
def test_one_goodbye_where_the_list_says_so(dev: MailingList, wanted: bool) -> None:
    change_settings(dev, send_goodbye_message=wanted, unsubscription_policy=OPEN)
    make_member(dev, BART)

    leave(dev, BART)

    assert [(mail.kind, mail.recipient) for mail in told()] == [("goodbye", BART)] * wanted
    assert make_member(dev, BART).role == MemberRole.MEMBER


@pytest.mark.parametrize("wanted", [False, True])
def test_the_caller_may_say_otherwise(dev: MailingList, anne: User, wanted: bool) -> None:
    change_settings(dev, send_goodbye_message=not wanted, admin_notify_mchanges=not wanted)
    make_member(dev, BART)

    step = leave(dev, BART, send_goodbye=wanted, tell_owners=wanted, pre_approved=True)
    requests.confirm(step.token)

    mails = [mail.kind for mail in told("goodbye", "membership-changed")]
    assert mails == ["goodbye", "membership-changed"] * wanted


def test_a_refused_leave_is_told_and_the_member_stays(dev: MailingList) -> None:
    with_policy(dev, MODERATE)
    make_member(dev, BART)
    leave(dev, BART)
    [request] = requests.awaiting(dev)

    requests.decide(request, Action.REJECT, reason="Stay a while.", actor="anne@example.com")

    [mail] = told("request-refused")
    assert mail.recipient == BART
    assert "leave dev@example.org" in mail.text and "Stay a while." in mail.text
    assert Membership.objects.count() == 1
    event = Event.objects.get(kind="unsubscription.rejected")
    assert (event.actor, event.data) == ("anne@example.com", {"reason": "Stay a while."})


@pytest.mark.parametrize("by", ["user", "another address", "membership", "the user himself"])
def test_the_membership_is_found_and_its_own_address_is_asked(dev: MailingList, bart: User, by: str) -> None:
    membership = Membership.objects.get(user=None, address=bart.preferred_address)
    add_address(bart, "bart@example.net", verified=True)
    if by == "the user himself":
        membership.delete()
        membership = make_member(dev, bart)
    found: dict[str, Membership | User | str] = {
        "user": "bart@example.com",
        "another address": "bart@example.net",
        "membership": membership,
        "the user himself": bart,
    }

    step = leave(dev, found[by])

    [mail] = told()
    assert mail.recipient == "bart@example.com"
    requests.confirm(step.token)
    assert not Membership.objects.filter(mlist=dev, role=MemberRole.MEMBER).exists()


@pytest.mark.parametrize("who", ["dora@example.com", "anne@example.com", "nobody"])
def test_who_is_no_member_cannot_leave(dev: MailingList, anne: User, dora: User, who: str) -> None:
    make_member(make_list("cooks"), "dora@example.com")
    before = everything()

    with pytest.raises(NotSubscribed):
        leave(dev, who)

    assert everything() == before


def test_a_second_wish_is_refused_while_the_first_waits(dev: MailingList) -> None:
    make_member(dev, BART)
    leave(dev, BART)
    before = everything()

    with pytest.raises(RequestPending):
        leave(dev, BART)

    assert everything() == before


def test_who_was_removed_meanwhile_has_left(dev: MailingList) -> None:
    membership = make_member(dev, BART)
    token = leave(dev, BART).token

    remove_member(membership)

    with pytest.raises(UnknownToken):
        requests.confirm(token)
    assert told("goodbye") == []


def test_who_comes_back_is_not_thrown_out_by_an_old_wish(dev: MailingList) -> None:
    """The request names the membership, not the address."""
    membership = make_member(dev, BART)
    issued = leave(dev, BART)
    request = pending.read(issued.token)
    Membership.objects.filter(pk=membership.pk).delete()
    back = make_member(dev, BART)

    assert requests.confirm(issued.token).done

    assert list(Membership.objects.all()) == [back]
    assert not Pending.objects.filter(pk=request.pk).exists()


def test_to_disown_a_wish_to_leave_changes_nothing_else(dev: MailingList) -> None:
    make_member(dev, BART)
    token = leave(dev, BART).token

    requests.disown(token)

    assert Membership.objects.count() == 1
    assert leave(dev, BART).owner == SUBSCRIBER
    assert Event.objects.get(kind="unsubscription.disowned").subject == "bart@example.com"
    assert [row.kind for row in Pending.objects.all()] == [PendingKind.UNSUBSCRIPTION]
