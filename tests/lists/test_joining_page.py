"""Joining and leaving on the web: at once for who is signed in, by a mail for everybody else; T01, T21, SEC-005."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.services.addresses import add_address
from lists.enums import SubscriptionPolicy
from lists.models import AskedAddress, MailingList, Membership, Pending
from lists.services import requests
from lists.services.bans import ban
from lists.services.joining import join
from lists.services.mailing_lists import change_settings
from tests.support.factories import make_list, make_member
from tests.support.notices import told
from tests.support.pages import everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]

PAGE = "/lists/dev.example.org/join/"


def words(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


@pytest.fixture
def signed_in(client: Client, dora: User) -> Client:
    client.force_login(dora)
    return client


def test_who_is_signed_in_joins_and_leaves_at_one_click(signed_in: Client, dev: MailingList, dora: User) -> None:
    assert "dora@example.com" in words(signed_in.get(PAGE))

    page = words(signed_in.post(PAGE, {"wish": "join"}, follow=True))
    assert "You have joined the list." in page and "You are a member of Dev" in page
    assert Membership.objects.get(mlist=dev).user == dora

    page = words(signed_in.post(PAGE, {"wish": "leave"}, follow=True))
    assert "You have left the list." in page and "Join the list" in page
    assert not Membership.objects.exists()
    assert [mail.kind for mail in told()] == ["welcome", "goodbye"]


def test_another_verified_address_counts_and_an_unproved_one_does_not(
    signed_in: Client, dev: MailingList, dora: User
) -> None:
    proved = add_address(dora, "dora@example.net", verified=True)
    unproved = add_address(dora, "victim@example.net")
    make_member(dev, unproved)

    assert "The posts of dev@example.org will go to" in words(signed_in.get(PAGE))
    signed_in.post(PAGE, {"wish": "leave"})
    assert Membership.objects.filter(address=unproved).exists()

    make_member(dev, proved)
    assert "dora@example.net" in words(signed_in.get(PAGE))
    signed_in.post(PAGE, {"wish": "leave"})
    assert list(Membership.objects.values_list("address__email", flat=True)) == ["victim@example.net"]


def test_where_moderators_decide_the_page_says_so(signed_in: Client, dev: MailingList) -> None:
    change_settings(dev, subscription_policy=SubscriptionPolicy.CONFIRM_THEN_MODERATE)

    assert "decide now" in words(signed_in.post(PAGE, {"wish": "join"}, follow=True))
    assert requests.awaiting(dev).count() == 1
    assert "waits already" in words(signed_in.post(PAGE, {"wish": "join"}, follow=True))


def test_who_left_alone_today_still_joins(signed_in: Client, dev: MailingList) -> None:
    """Whatever others did with his address: his session is proof enough, and no mail is needed."""
    requests.disown(join(make_list("cooks"), "dora@example.com").token)

    signed_in.post(PAGE, {"wish": "join"})

    assert Membership.objects.filter(mlist=dev).count() == 1


@pytest.mark.parametrize("wish", ["", "own"])
def test_what_is_no_wish_changes_nothing(signed_in: Client, dev: MailingList, wish: str) -> None:
    before = everything()

    assert signed_in.post(PAGE, {"wish": wish}).status_code == 400
    assert everything() == before


def test_a_visitor_is_asked_by_mail(client: Client, dev: MailingList) -> None:
    change_settings(dev, subscription_policy=SubscriptionPolicy.OPEN)
    assert 'name="email"' in words(client.get(PAGE))

    answer = client.post(PAGE, {"email": "Eve@example.com", "name": "Eve"})

    assert "Look into your mail" in words(answer)
    [mail] = told()
    assert (mail.kind, mail.recipient) == ("confirmation", "Eve@example.com")
    assert not Membership.objects.exists()


def test_a_visitor_learns_nothing_about_an_address(client: Client, dev: MailingList, bart: User) -> None:
    """Members, banned people, those who were asked already, the list itself: one and the same page, and no mail."""
    change_settings(dev, subscription_policy=SubscriptionPolicy.OPEN)
    ban("gil@example.com", dev)
    first = words(client.post(PAGE, {"email": "eve@example.com"}))
    before, mails = everything(), len(told())

    known = ["bart@example.com", "gil@example.com", "eve@example.com", "eve+x@example.com", "dev@example.org"]
    answers = {words(client.post(PAGE, {"email": email})) for email in known}

    assert answers == {first}
    assert everything() == before and len(told()) == mails


def test_a_verified_address_is_no_proof_of_who_types_it(client: Client, dev: MailingList, dora: User) -> None:
    change_settings(dev, subscription_policy=SubscriptionPolicy.OPEN)

    client.post(PAGE, {"email": "dora@example.com"})

    assert not Membership.objects.exists()
    assert Pending.objects.count() == 1


@pytest.mark.parametrize("email", ["", "eve", "eve@", "a@b@c d", "eve@example.com\r\nBcc: x@example.com"])
def test_what_is_no_address_is_said(client: Client, dev: MailingList, email: str) -> None:
    before = everything()

    assert client.post(PAGE, {"email": email}).status_code == 422
    assert everything() == before


def test_a_network_cannot_flood(client: Client, dev: MailingList, settings: Settings) -> None:
    settings.JOIN_MAILS_PER_NETWORK = 5

    pages = {words(client.post(PAGE, {"email": f"victim{number}@host{number}.example"})) for number in range(20)}

    assert (len(pages), len(told()), Pending.objects.count(), AskedAddress.objects.count()) == (1, 5, 5, 5)


def test_another_site_cannot_make_a_browser_join(dora: User, dev: MailingList) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(dora)

    assert strict.post(PAGE, {"wish": "join"}).status_code == 403
    assert not Membership.objects.exists()


def test_the_lists_page_leads_here(client: Client, dev: MailingList) -> None:
    assert f'href="{PAGE}"' in words(client.get("/lists/dev.example.org/"))


@pytest.mark.parametrize(("who", "queries"), [("anonymous", 1), ("dora", 6)])
def test_queries(
    client: Client,
    dev: MailingList,
    dora: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    who: str,
    queries: int,
) -> None:
    if who == "dora":
        client.force_login(dora)

    with django_assert_num_queries(queries):  # list; session, user, roles, membership, preferred address
        client.get(PAGE)
