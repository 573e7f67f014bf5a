"""What a list knows of an address."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.services.addresses import add_address
from lists.enums import MemberRole
from lists.models import MailingList
from lists.queries import Standing, standings
from tests.support.factories import make_list, make_member, make_user

pytestmark = pytest.mark.django_db


def test_the_nearest_membership_counts(dev: MailingList) -> None:
    dora = make_user("Dora", "dora@example.com", "dora@example.org", "dora@example.net")
    by_other_address = make_member(dev, "dora@example.org")
    assert standings(dev, ["Dora@example.com"]) == {"dora@example.com": Standing(by_other_address)}

    by_user = make_member(dev, dora)
    assert standings(dev, ["dora@example.com"])["dora@example.com"].member == by_user

    by_address = make_member(dev, "dora@example.com")
    found = standings(dev, ["dora@example.com", "dora@example.org", "dora@example.net"])
    assert [standing.member for standing in found.values()] == [by_address, by_other_address, by_user]


def test_strangers_other_lists_and_other_roles_give_no_standing(dev: MailingList) -> None:
    make_member(make_list("news"), "bart@example.com")
    make_member(dev, "bart@example.com", MemberRole.OWNER)
    make_member(dev, "cris@example.com", MemberRole.MODERATOR)

    keys = ["bart@example.com", "cris@example.com", "nobody@example.com"]
    assert standings(dev, keys) == dict.fromkeys(keys, Standing())


def test_two_addresses_without_user_are_two_people(dev: MailingList) -> None:
    member = make_member(dev, "bart@example.com")
    make_member(make_list("news"), "cris@example.com")

    found = standings(dev, ["cris@example.com", "bart@example.com"])
    assert [standing.member for standing in found.values()] == [None, member]


def test_nonmembers_stand_beside_members(dev: MailingList) -> None:
    nonmember = make_member(dev, "dora@example.com", MemberRole.NONMEMBER)

    assert standings(dev, ["dora@example.com"]) == {"dora@example.com": Standing(None, nonmember)}


@pytest.mark.parametrize("count", [1, 5])
def test_a_few_queries_whatever_the_number_of_addresses(
    dev: MailingList, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    dora = make_user("Dora")
    for number in range(count):
        make_member(dev, add_address(dora, f"dora{number}@example.org"))

    keys = [f"dora{number}@example.org" for number in range(count)]
    with django_assert_num_queries(3):
        assert all(standing.member for standing in standings(dev, keys).values())
    make_member(dev, "bart@example.com")
    with django_assert_num_queries(2):
        assert standings(dev, ["bart@example.com"])["bart@example.com"].member
    with django_assert_num_queries(1):
        standings(dev, ["nobody@example.net"])
