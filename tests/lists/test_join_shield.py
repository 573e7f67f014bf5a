"""The join shield: whoever asks with other people's addresses floods nobody, and real people still get through; T01."""

import random
from collections import Counter
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from lists.enums import TokenOwner
from lists.errors import RequestPending, UnknownToken
from lists.models import AskedAddress, MailingList, Membership, Pending
from lists.services import join_shield, requests
from lists.services.join_shield import mailbox_of
from lists.services.joining import join
from suite.common.models import Event
from suite.common.networks import network_of
from tests.support.factories import make_list
from tests.support.notices import told
from tests.support.pages import everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]

DORA = "dora@example.com"
DAY = timedelta(days=1)


def age(by: timedelta) -> None:
    """As if so much time had passed."""
    for row in AskedAddress.objects.all():
        row.asked_at -= by
        row.refused_until = row.refused_until and row.refused_until - by
        row.save()


def knock(mlist: MailingList, email: str, ip: str = "") -> bool:
    """As somebody whom nobody knows: whether a mail was sent."""
    try:
        return bool(join(mlist, email, ip=ip).token)
    except RequestPending:
        return False


def test_a_mailbox_is_asked_once_a_day_over_all_lists(dev: MailingList) -> None:
    cooks, tea = make_list("cooks"), make_list("tea")

    first, second = join(dev, DORA), join(cooks, DORA)

    assert (first.owner, second.owner) == (TokenOwner.SUBSCRIBER, TokenOwner.SUBSCRIBER), "who asks hears the same"
    assert (bool(first.token), second.token) == (True, "")
    assert len(told()) == Pending.objects.count() == 1
    age(DAY - timedelta(minutes=1))
    assert not knock(tea, DORA)
    age(timedelta(minutes=2))
    assert knock(tea, DORA)


def test_what_the_shield_stops_is_not_stored(dev: MailingList) -> None:
    cooks = make_list("cooks")
    join(dev, DORA)
    before = everything()

    assert not knock(cooks, DORA)
    assert everything() == before


def test_who_answers_may_join_further_lists_today(dev: MailingList) -> None:
    lists = [dev, make_list("cooks"), make_list("tea")]

    for mlist in lists:
        requests.confirm(join(mlist, DORA).token)

    assert Membership.objects.count() == 3
    assert len(told("confirmation")) == 3
    assert knock(make_list("milk"), DORA)
    assert not knock(make_list("bread"), DORA), "this one was not answered"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("dora+a@example.com", "Dora+b@EXAMPLE.com", True),
        ("dora+a@example.com", "dora@example.com", True),
        ("d.o.r.a@gmail.com", "dora+x@googlemail.com", True),
        ("d.ora@example.com", "dora@example.com", False),
        ("dora@example.com", "dora@example.net", False),
        ("+dora@example.com", "+eve@example.com", False),
    ],
)
def test_plus_signs_make_no_new_mailbox(one: str, other: str, same: bool) -> None:
    assert (mailbox_of(one) == mailbox_of(other)) is same


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", ""),
        ("unix:", ""),
        ("1.2.3", ""),
    ],
)
def test_a_network_is_what_one_customer_has(ip: str, network: str) -> None:
    assert network_of(ip) == network


def test_a_network_has_a_budget_of_unanswered_mails(dev: MailingList, settings: Settings) -> None:
    settings.JOIN_MAILS_PER_NETWORK = 3

    sent = [knock(dev, f"victim{number}@host{number}.example", f"203.0.113.{number}") for number in range(5)]

    assert sent == [True] * 3 + [False] * 2
    assert knock(dev, "bart@example.com", "198.51.100.7")
    assert knock(dev, "cris@example.com"), "by mail nobody knows the network"


def test_a_domain_has_a_budget_of_unanswered_mails(dev: MailingList, settings: Settings) -> None:
    settings.JOIN_MAILS_PER_DOMAIN = 3

    tokens = [join(dev, f"user{number}@example.com").token for number in range(5)]

    assert [bool(token) for token in tokens] == [True] * 3 + [False] * 2
    assert knock(dev, "dora@example.net")
    requests.confirm(tokens[0])
    assert knock(dev, "user5@example.com"), "an answer gives its share back"


def test_budgets_may_be_switched_off(dev: MailingList, settings: Settings) -> None:
    settings.JOIN_MAILS_PER_DOMAIN = settings.JOIN_MAILS_PER_NETWORK = 0

    assert all(knock(dev, f"user{number}@example.com", "203.0.113.9") for number in range(5))


def test_invitations_use_up_no_budget_but_the_mailboxs(dev: MailingList, settings: Settings) -> None:
    settings.JOIN_MAILS_PER_DOMAIN = 1
    cooks = make_list("cooks")

    tokens = [join(dev, f"user{number}@example.com", invitation=True).token for number in range(3)]

    assert all(tokens)
    assert join(cooks, "user0@example.com", invitation=True).token == ""


def test_this_was_not_me_ends_it_everywhere(dev: MailingList, settings: Settings) -> None:
    lists = [dev, make_list("cooks"), make_list("tea")]
    tokens = [join(dev, DORA).token]
    age(DAY)
    tokens.append(join(lists[1], "dora+news@example.com").token)
    other = join(dev, "bart@example.com").token

    requests.disown(tokens[0])

    for token in tokens:
        with pytest.raises(UnknownToken):
            requests.confirm(token)
    age(timedelta(days=settings.JOIN_REFUSED_DAYS) - timedelta(minutes=5))
    assert not any(knock(mlist, email) for mlist in lists for email in (DORA, "dora+x@example.com"))
    assert join(lists[2], DORA, invitation=True).token == ""
    assert requests.confirm(other).done
    event = Event.objects.get(kind="join.refused")
    assert (event.list_id, event.subject, event.data) == ("dev.example.org", DORA, {"requests": 1})
    age(timedelta(minutes=10))
    assert knock(lists[2], DORA)


def test_who_is_vouched_for_needs_no_mail(dev: MailingList) -> None:
    """The shield stops mails, never people."""
    join_shield.refuse(DORA)

    assert join(dev, DORA, pre_verified=True, pre_confirmed=True).done


def test_the_sweep_forgets_who_may_be_asked_again(dev: MailingList) -> None:
    knock(dev, "old@example.com")
    knock(dev, "refused@example.com")
    join_shield.refuse("refused@example.com")
    age(DAY + timedelta(seconds=1))
    knock(dev, "fresh@example.com")

    assert join_shield.sweep() == 1
    assert sorted(AskedAddress.objects.values_list("mailbox", flat=True)) == [
        "fresh@example.com",
        "refused@example.com",
    ]
    assert join_shield.sweep() == 0


def test_a_flood_reaches_each_victim_once_a_day(dev: MailingList) -> None:
    """1,000 wishes, by mail and from many networks, in the names of 50 people, over 20 lists; and a real person among them."""
    chance = random.Random(1)
    lists = [dev, *(make_list(f"list{number}") for number in range(1, 20))]
    victims = [f"victim{number}@host{number % 7}.example" for number in range(50)]
    for number in range(1_000):
        victim = chance.choice(victims).replace("@", chance.choice(["@", f"+{number}@"]))
        knock(chance.choice(lists), victim, chance.choice(["", f"203.0.{number % 250}.9"]))
        if number == 500:
            real = join(dev, DORA).token

    asked = Counter(mailbox_of(mail.recipient) for mail in told("confirmation"))

    assert set(asked.values()) == {1}
    assert set(asked) == {*victims, DORA}
    assert Pending.objects.count() == 51
    assert requests.confirm(real).done


def test_queries(dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(6):  # mailbox, domain, network, and the row in a savepoint
        assert join_shield.admit(DORA, ip="203.0.113.9")
    with django_assert_num_queries(1):
        assert not join_shield.admit(DORA, ip="203.0.113.9")
