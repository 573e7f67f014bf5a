"""The site's front page."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from lists.models import MailingList
from tests.support.factories import make_list, make_user

pytestmark = pytest.mark.django_db


def named(client: Client) -> list[str]:
    """The list-ids that the page links to, in order."""
    return re.findall(r'href="/lists/([^"/]+)/"', client.get("/").content.decode())


@pytest.mark.parametrize("items", [1, 3])
def test_queries(client: Client, django_assert_num_queries: DjangoAssertNumQueries, items: int) -> None:
    for number in range(items):
        make_list(f"list{number}")

    with django_assert_num_queries(2):  # count, lists with their domains
        page = client.get("/").content.decode()

    assert page.count('class="card"') == items


def test_lists_stand_by_domain_and_name(client: Client) -> None:
    for address in ("tea@example.org", "dev@example.com", "cooks@example.org"):
        make_list(address)

    assert named(client) == ["dev.example.com", "cooks.example.org", "tea.example.org"]


def test_lists_that_are_not_advertised_are_for_their_people(dev: MailingList, bart: User, client: Client) -> None:
    MailingList.objects.update(advertised=False)
    outside = named(client)
    client.force_login(make_user("Dora"))
    stranger = named(client)
    client.force_login(bart)

    assert (outside, stranger, named(client)) == ([], [], ["dev.example.org"])


def test_a_site_without_lists_says_so(db: None, client: Client) -> None:
    assert "There are no lists here that everybody may see." in client.get("/").content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999"])
def test_odd_page_numbers_give_a_page(dev: MailingList, client: Client, page: str) -> None:
    assert client.get("/", {"page": page}).status_code == 200
