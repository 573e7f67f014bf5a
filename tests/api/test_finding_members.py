"""Members in pages, and found by what is known of them."""

from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.models import User
from accounts.services.addresses import add_address
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from tests.support.api import Api
from tests.support.factories import make_list, make_member, make_members, make_user

pytestmark = pytest.mark.django_db

DORA = "dora@example.com"


def emails(answer: dict[str, Any]) -> list[str]:
    return [entry["email"] for entry in answer.get("entries", [])]


@pytest.fixture
def people(api: Api, dev: MailingList) -> MailingList:
    """Two lists: on dev all roles, on ants a member."""
    make_member(make_list("ants"), "zoe@example.com")
    make_member(dev, "bart@example.com")
    make_member(dev, "abel@example.com")
    make_member(dev, "cris@example.com", MemberRole.MODERATOR)
    make_member(dev, "anne@example.com", MemberRole.OWNER)
    make_member(dev, "eve@example.com", MemberRole.NONMEMBER)
    return dev


@pytest.mark.feature("api.members.collection")
def test_all_members_in_order(api: Api, people: MailingList) -> None:
    wanted = ["zoe@example.com", "anne@example.com", "cris@example.com", "abel@example.com", "bart@example.com"]

    assert emails(api.get("members")) == wanted
    page = api.get("members", count=2, page=2)
    assert (page["start"], page["total_size"], emails(page)) == (2, 5, wanted[2:4])


@pytest.mark.feature("api.members.collection")
def test_fields(api: Api, people: MailingList) -> None:
    [first, *_] = api.get("members", fields=["email", "role"], count=1)["entries"]
    assert first.keys() == {"email", "role", "http_etag"}
    status, description = api.error("GET", "members?fields=email&fields=shoe_size")
    assert (status, "shoe_size" in description, "delivery_mode" in description) == (400, True, True)


@pytest.mark.feature("api.members.collection")
@pytest.mark.parametrize("size", [1, 30])
@pytest.mark.parametrize("path", ["members", "lists/dev.example.org/roster/member", "members/find?role=member"])
def test_a_page_costs_two_queries_and_that_of_the_brake(
    api: Api, dev: MailingList, size: int, path: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_members(dev, size)
    for number in range(size):
        make_member(dev, make_user(f"User{number}"))
    find_the_list = int("lists/" in path)

    with django_assert_num_queries(3 + find_the_list):
        answer = api.call("GET", f"{path}{'&' if '?' in path else '?'}count=50&page=1").json()

    assert len(answer["entries"]) == min(50, 2 * size)


@pytest.mark.feature("api.members.find")
@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"list_id": "ants.example.org"}, ["zoe"]),
        ({"list_id": "ants@example.org"}, ["zoe"]),
        ({"list_id": "none.example.org"}, []),
        ({"role": "nonmember"}, ["eve"]),
        ({"list_id": "dev.example.org", "role": "member"}, ["abel", "bart"]),
        ({"subscriber": "Bart@Example.com"}, ["bart"]),
        ({"subscriber": "bart"}, []),
        ({"subscriber": "*@example.com", "role": "member"}, ["zoe", "abel", "bart"]),
        ({"subscriber": "*b*@*"}, ["abel", "bart"]),
        ({"subscriber": "b*"}, ["bart"]),
        ({"subscriber": "*_*"}, []),
        ({"subscriber": "*%*"}, []),
        ({"subscriber": "*" * 500}, []),
        ({"subscriber": "*simpson"}, ["bart"]),
        ({"subscriber": "bart@example.com", "role": "owner"}, []),
        ({"moderation_action": "accept"}, ["anne", "cris"]),
        ({"moderation_action": ""}, ["zoe", "abel", "bart", "eve"]),
        ({"delivery_mode": "mime_digests"}, ["bart"]),
        ({"delivery_mode": "regular", "role": "member"}, ["zoe", "abel"]),
        ({"delivery_status": "by_user"}, ["abel"]),
        ({"delivery_status": "by_user", "delivery_mode": "mime_digests"}, []),
        ({}, []),
    ],
    ids=str,
)
@pytest.mark.parametrize("verb", ["GET", "POST", "both"])
def test_finding(api: Api, people: MailingList, verb: str, criteria: dict[str, str], found: list[str]) -> None:
    bart = make_user("Bart Simpson", "bart@example.com")
    bart.addresses.update(display_name="Bart Simpson", delivery_mode=DeliveryMode.MIME_DIGESTS)
    Membership.objects.filter(address__email="abel@example.com").update(delivery_status=DeliveryStatus.BY_USER)

    query = "&".join(f"{key}={value}" for key, value in criteria.items())
    if verb == "GET":
        answer = api.get("members/find", **criteria)
    else:
        answer = api.call("POST", "members/find" + ("?" + query if verb == "both" else ""), criteria).json()

    assert [email.partition("@")[0] for email in emails(answer)] == found
    assert answer["total_size"] == len(found)


@pytest.mark.feature("api.members.find")
def test_finding_users(api: Api, dev: MailingList, dora: User) -> None:
    """Whatever way somebody is subscribed: by himself, or under one of his addresses."""
    add_address(dora, "dora@example.net", verified=True)
    make_member(dev, dora)
    make_member(make_list("cooks"), "dora@example.net")

    assert api.get("members/find", subscriber=dora.pk.hex)["total_size"] == 2
    assert [entry["list_id"] for entry in api.get("members/find", subscriber=DORA)["entries"]] == ["dev.example.org"]
    assert api.get("members/find", subscriber=uuid4().hex)["total_size"] == 0
    assert emails(api.get("members/find", subscriber="*@example.net")) == ["dora@example.net"]
    page = api.get("members/find", subscriber=dora.pk.hex, count=1, page=2, fields="email")
    assert (emails(page), page["total_size"], "role" in page["entries"][0]) == ([DORA], 2, False)


def test_the_users_own_mode_is_found(api: Api, dev: MailingList, dora: User) -> None:
    make_member(dev, dora)
    User.objects.filter(pk=dora.pk).update(delivery_mode=DeliveryMode.PLAINTEXT_DIGESTS)
    [entry] = api.get("members/find", delivery_mode="plaintext_digests")["entries"]
    assert entry["delivery_mode"] == "plaintext_digests"


@pytest.mark.parametrize(
    "word", ["%00", "a%00@example.com", "%FF", "*%00", "a" * 3000, "*a" * 150, "%22@%22", "1" * 40]
)
def test_searches_for_junk(api: Api, people: MailingList, word: str) -> None:
    for name in ("subscriber", "list_id", "role", "moderation_action", "delivery_mode"):
        assert api.call("GET", f"members/find?{name}={word}").status_code in (200, 400)
