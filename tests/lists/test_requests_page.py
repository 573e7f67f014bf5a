"""The page where moderators and owners decide who joins and who leaves."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from lists.enums import PendingKind, SubscriptionPolicy
from lists.models import MailingList, Membership, Pending
from lists.services import requests
from lists.services.bans import ban
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.mailing_lists import change_settings
from suite.common.models import Event
from tests.support.factories import make_list, make_member, make_user
from tests.support.notices import told
from tests.support.pages import everything

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]

PAGE = "/lists/dev.example.org/requests/"


@pytest.fixture
def moderator(client: Client, cris: User) -> Client:
    client.force_login(cris)
    return client


@pytest.fixture
def waiting(dev: MailingList) -> list[Pending]:
    """Dora wants to join, Bart wants to leave; Eve has not confirmed yet."""
    moderate = SubscriptionPolicy.MODERATE
    change_settings(dev, subscription_policy=moderate, unsubscription_policy=moderate, admin_immed_notify=False)
    join(dev, "Dora@example.com", display_name="Dora", pre_verified=True)
    make_member(dev, "bart@example.com")
    leave(dev, "bart@example.com")
    join(dev, "eve@example.com")
    return list(requests.awaiting(dev))


def button(row: Pending) -> str:
    return f"{PAGE}{row.pk}/decide/"


def test_the_notice_leads_here(dev: MailingList, cris: User) -> None:
    change_settings(dev, subscription_policy=SubscriptionPolicy.MODERATE)

    join(dev, "dora@example.com", pre_verified=True)

    assert PAGE in told("request-waiting")[0].text


def test_the_page_names_who_waits(moderator: Client, waiting: list[Pending]) -> None:
    page = moderator.get(PAGE).content.decode()

    assert "<bdi>Dora</bdi> wants to join" in page and "<bdi>bart@example.com</bdi> wants to leave" in page
    assert "eve@example.com" not in page, "she has not confirmed yet"
    assert page.count('name="decision" value="accept"') == 2
    Pending.objects.all().delete()
    assert "Nobody waits" in moderator.get(PAGE).content.decode()


def test_who_is_accepted_joins_and_leaves(moderator: Client, waiting: list[Pending], dev: MailingList) -> None:
    for row in waiting:
        answer = moderator.post(button(row), {"decision": "accept"})
        assert answer["Location"] == PAGE

    assert [str(row.address) for row in Membership.objects.filter(mlist=dev, role=1)] == ["Dora@example.com"]
    assert {event.actor for event in Event.objects.filter(kind__endswith="subscription.accepted")} == {
        "cris@example.com"
    }


def test_who_is_rejected_reads_why(moderator: Client, waiting: list[Pending]) -> None:
    moderator.post(button(waiting[0]), {"decision": "reject", "reason": "The list is for the team."})

    [mail] = told("request-refused")
    assert (mail.recipient, "The list is for the team." in mail.text) == ("Dora@example.com", True)
    assert "The request is rejected" in moderator.get(PAGE).content.decode()


def test_who_is_discarded_hears_nothing(moderator: Client, waiting: list[Pending]) -> None:
    before = len(told())

    moderator.post(button(waiting[0]), {"decision": "discard"})

    assert len(told()) == before
    assert not Pending.objects.filter(pk=waiting[0].pk).exists()


@pytest.mark.parametrize("decision", ["", "hold", "accept now"])
def test_what_is_no_decision_changes_nothing(moderator: Client, waiting: list[Pending], decision: str) -> None:
    before = everything()

    assert moderator.post(button(waiting[0]), {"decision": decision}).status_code == 400
    assert everything() == before


def test_what_is_decided_or_not_confirmed_or_elsewhere_does_not_wait(
    moderator: Client, waiting: list[Pending], dev: MailingList
) -> None:
    moderator.post(button(waiting[0]), {"decision": "discard"})
    unconfirmed = Pending.objects.get(email="eve@example.com")
    cooks = make_list("cooks", subscription_policy=SubscriptionPolicy.MODERATE)
    join(cooks, "gil@example.com", pre_verified=True)
    [foreign] = requests.awaiting(cooks)
    count = Pending.objects.count()

    for row in (waiting[0], unconfirmed, foreign):
        page = moderator.post(button(row), {"decision": "accept"}, follow=True).content.decode()
        assert "does not wait any more" in page

    assert Pending.objects.count() == count
    assert Membership.objects.filter(mlist=cooks).count() == 0


def test_what_has_become_impossible_is_said(moderator: Client, waiting: list[Pending], dev: MailingList) -> None:
    ban("dora@example.com", dev)

    page = moderator.post(button(waiting[0]), {"decision": "accept"}, follow=True).content.decode()

    assert "dora@example.com is banned from dev@example.org." in page
    assert Pending.objects.filter(pk=waiting[0].pk).exists()


@pytest.mark.parametrize("number", [1, 3])
def test_queries(
    dev: MailingList, client: Client, django_assert_num_queries: DjangoAssertNumQueries, number: int
) -> None:
    client.force_login(make_user("Root", superuser=True))
    change_settings(dev, subscription_policy=SubscriptionPolicy.MODERATE)
    for each in range(number):
        join(dev, f"user{each}@example.com", pre_verified=True)
    assert Pending.objects.filter(kind=PendingKind.SUBSCRIPTION).count() == number

    with django_assert_num_queries(6):  # session, user, list, number of requests, requests; the head's held posts
        client.get(PAGE)
