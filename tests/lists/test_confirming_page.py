"""The page that a question's mail leads to: GET shows, POST answers once; SEC-051, CONC-03."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Address
from lists.enums import MemberRole, SubscriptionPolicy
from lists.models import AskedAddress, MailingList, Membership, Pending
from lists.services.bans import ban
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.mailing_lists import change_settings
from tests.support.factories import make_list, make_member
from tests.support.notices import told
from tests.support.pages import everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]

DORA = "Dora@example.com"


@pytest.fixture
def token(dev: MailingList) -> str:
    return join(dev, DORA, display_name="Dora").token


def page(token: str, list_id: str = "dev.example.org") -> str:
    return f"/lists/{list_id}/confirm/{token}/"


def test_the_link_in_the_mail_leads_here(token: str, client: Client) -> None:
    [mail] = told()
    link = next(line.strip() for line in mail.text.splitlines() if "/confirm/" in line)

    assert link.endswith(page(token))
    answer = client.get(page(token)).content.decode()
    assert "Join Dev?" in answer
    assert DORA in answer
    assert answer.count('<form method="post"') == 1


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(token: str, method: str) -> None:
    before = everything()

    answers = {getattr(Client(), method)(page(token)).status_code for _ in range(20)}

    assert answers == {200}
    assert everything() == before


def test_one_button_joins(token: str, client: Client, dev: MailingList) -> None:
    answer = client.post(page(token), {"answer": "confirm"})

    assert (answer.status_code, "You have joined Dev" in answer.content.decode()) == (200, True)
    assert str(Membership.objects.get(role=MemberRole.MEMBER).address) == DORA
    assert Address.objects.get().verified


def test_a_second_click_is_told_that_it_is_done(token: str, client: Client) -> None:
    client.post(page(token), {"answer": "confirm"})
    before = everything()

    for answer in (client.post(page(token), {"answer": "confirm"}), client.get(page(token))):
        assert answer.status_code == 404
        assert "This link has done its work" in answer.content.decode()
    assert everything() == before


def test_this_was_not_me(token: str, client: Client, dev: MailingList) -> None:
    cooks = make_list("cooks")

    answer = client.post(page(token), {"answer": "disown"})

    assert (answer.status_code, "Nothing has changed" in answer.content.decode()) == (200, True)
    assert not Membership.objects.exists() and not Pending.objects.exists()
    assert AskedAddress.objects.get().refused_until is not None
    assert join(cooks, DORA).token == ""


def test_where_a_moderator_decides_the_page_says_so(client: Client, dev: MailingList) -> None:
    change_settings(dev, subscription_policy=SubscriptionPolicy.MODERATE)

    answer = client.post(page(join(dev, DORA).token), {"answer": "confirm"})

    assert "decide now" in answer.content.decode()
    assert not Membership.objects.exists()


def test_leaving_has_the_same_page(client: Client, dev: MailingList) -> None:
    make_member(dev, DORA)
    token = leave(dev, DORA).token

    assert "Leave Dev?" in client.get(page(token)).content.decode()
    answer = client.post(page(token), {"answer": "confirm"})

    assert "You have left Dev" in answer.content.decode()
    assert not Membership.objects.exists()


def test_who_was_banned_meanwhile_is_told(token: str, client: Client, dev: MailingList) -> None:
    ban(DORA, dev)

    answer = client.post(page(token), {"answer": "confirm"})

    assert (answer.status_code, "That is not possible" in answer.content.decode()) == (400, True)
    assert not Membership.objects.exists()


def test_a_token_is_worth_nothing_elsewhere(token: str, client: Client) -> None:
    make_list("cooks")
    before = everything()
    forged = [
        page(token, "cooks.example.org"),
        page(token[:-1] + "x"),
        page("0" * 40),
        page("x"),
        page(token, "no.list"),
    ]

    assert [client.post(url, {"answer": "confirm"}).status_code for url in forged] == [404] * 5
    assert everything() == before


@pytest.mark.parametrize("answer", ["", "yes", "accept"])
def test_what_is_no_answer_changes_nothing(token: str, client: Client, answer: str) -> None:
    before = everything()

    assert client.post(page(token), {"answer": answer}).status_code == 400
    assert everything() == before


def test_another_site_cannot_make_a_browser_answer(token: str) -> None:
    before = everything()

    assert Client(enforce_csrf_checks=True).post(page(token), {"answer": "confirm"}).status_code == 403
    assert everything() == before


def test_the_token_goes_nowhere_else(token: str, client: Client) -> None:
    answer = client.get(page(token))

    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    assert 'name="robots" content="noindex"' in answer.content.decode()


def test_queries(token: str, client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):  # list, request with its list
        client.get(page(token))
