"""/lists/X/roster/ROLE and /lists/X/ROLE/EMAIL."""

import pytest
from mailmanclient import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from lists.services.preferences import set_preferences
from tests.support.api import Api
from tests.support.factories import make_list, make_member, make_members
from tests.support.notices import told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]


@pytest.fixture
def people(dev: MailingList) -> MailingList:
    """Two of each role, and one of each on another list."""
    news = make_list("news")
    for role in MemberRole:
        make_member(dev, f"two.{role.wire}@example.com", role)
        make_member(dev, f"one.{role.wire}@example.com", role)
        make_member(news, f"three.{role.wire}@example.com", role)
    return dev


@pytest.mark.feature("api.lists.roster")
@pytest.mark.parametrize("role", ["member", "owner", "moderator", "nonmember"])
@pytest.mark.parametrize("name", ["dev.example.org", "dev@example.org", "DEV@example.org"])
def test_a_roster(api: Api, people: MailingList, name: str, role: str) -> None:
    answer = api.get(f"lists/{name}/roster/{role}")
    assert [entry["email"] for entry in answer["entries"]] == [f"one.{role}@example.com", f"two.{role}@example.com"]
    assert {entry["role"] for entry in answer["entries"]} == {role}

    page = api.get(f"lists/{name}/roster/{role}", count=1, page=2, fields=["email", "self_link"])
    [entry] = page["entries"]
    assert (page["start"], page["total_size"], entry["email"]) == (1, 2, f"two.{role}@example.com")
    assert entry.keys() == {"email", "self_link", "http_etag"}
    assert api.get(entry["self_link"])["email"] == entry["email"]


@pytest.mark.feature("api.lists.roster")
@pytest.mark.parametrize("role", list(MemberRole))
def test_one_by_role_and_address(api: Api, people: MailingList, role: MemberRole) -> None:
    path = f"lists/dev@example.org/{role.wire}/One.{role.wire}@example.com"
    answer = api.get(path)
    assert (answer["email"], answer["role"]) == (f"one.{role.wire}@example.com", role.wire)
    assert api.get(answer["self_link"]) == answer

    assert api.patch(path, moderation_action="discard").status_code == 204
    assert api.get(path)["moderation_action"] == "discard"
    assert api.delete(path).status_code == 204
    assert api.call("GET", path).status_code == 404
    assert Membership.objects.filter(mlist=people, role=role).count() == 1


@pytest.mark.feature("api.lists.roster")
def test_the_address_itself_comes_before_the_user_who_prefers_it(api: Api, dev: MailingList, dora: User) -> None:
    by_user = make_member(dev, dora)
    assert api.get("lists/dev@example.org/member/dora@example.com")["member_id"] == by_user.member_id.hex
    by_address = make_member(dev, "dora@example.com")
    assert api.get("lists/dev@example.org/member/dora@example.com")["member_id"] == by_address.member_id.hex


@pytest.mark.feature("api.lists.roster")
def test_many_are_taken_off_in_silence(api: Api, people: MailingList, dora: User) -> None:
    make_member(people, dora)
    emails = [
        "One.Member@example.com",
        "dora@example.com",
        "nobody@example.com",
        "three.member@example.com",
        "one.owner@example.com",
    ]

    answer = api.delete("lists/dev@example.org/roster/member", emails=emails)

    assert answer.status_code == 200
    assert {email: answer.json()[email] for email in emails} == dict(
        zip(emails, [True, True, False, False, False], strict=True)
    )
    assert api.get("lists/dev@example.org/roster/member")["total_size"] == 1
    assert Membership.objects.exclude(role=MemberRole.MEMBER).count() == 9
    assert told() == []


@pytest.mark.feature("api.lists.roster")
def test_only_members_are_taken_off_so(api: Api, people: MailingList) -> None:
    assert api.delete("lists/dev@example.org/roster/owner", emails="one.owner@example.com").status_code == 405
    assert api.error("DELETE", "lists/dev@example.org/roster/member") == (400, "Missing Parameter: emails")
    assert api.delete("lists/dev@example.org/roster/member", emails="").status_code == 200
    assert Membership.objects.count() == 12


@pytest.mark.feature("api.conventions.self-links")
@pytest.mark.parametrize(
    "email",
    [
        "a/b@example.com",
        "a+b=c@example.com",
        "100%@example.com",
        "who?#@example.com",
        "dörte@example.com",
        '"a@b"@example.com',
    ],
)
def test_links_of_odd_addresses_can_be_followed(api: Api, dev: MailingList, email: str) -> None:
    make_member(dev, email)
    [entry] = api.get("lists/dev@example.org/roster/member")["entries"]

    assert api.get(entry["address"])["email"] == entry["email"]
    by_address = entry["address"].replace("/addresses/", "/lists/dev.example.org/member/")
    assert api.get(by_address) == entry


@pytest.mark.parametrize(
    "email", ["x", "nobody@example.com", "%00@example.com", "%ED%A0%80@example.com", "a" * 10_000, "@" * 3_000]
)
def test_nobody(api: Api, dev: MailingList, email: str) -> None:
    assert {api.call(verb, f"lists/dev@example.org/member/{email}").status_code for verb in ("GET", "DELETE")} == {404}
    assert api.call("GET", f"lists/none@example.org/member/{email}").status_code == 404
    assert api.call("GET", "lists/dev@example.org/roster/king").status_code == 404


@pytest.mark.feature("core.preferences.hide-address")
@pytest.mark.parametrize(
    "path", ["lists/dev@example.org/roster/member", "members", "members/find?list_id=dev.example.org"]
)
def test_the_api_sees_who_hides_his_address(api: Api, dev: MailingList, path: str) -> None:
    set_preferences(make_member(dev, "bart@example.com"), hide_address=True)
    make_member(dev, "cris@example.com")

    assert [entry["email"] for entry in api.get(path)["entries"]] == ["bart@example.com", "cris@example.com"]


@pytest.mark.parametrize("role", ["member", "owner"])
def test_queries(api: Api, dev: MailingList, role: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_members(dev, 30)
    make_member(dev, "dora@example.com", MemberRole.from_wire(role))
    with django_assert_num_queries(3):
        api.get(f"lists/dev.example.org/{role}/dora@example.com")


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("api.lists.roster")
def test_mailmanclient_reads_rosters(client: Client, people: MailingList) -> None:
    mlist = client.get_list("dev@example.org")

    assert [member.email for member in mlist.members] == ["one.member@example.com", "two.member@example.com"]
    assert [member.email for member in mlist.owners] == ["one.owner@example.com", "two.owner@example.com"]
    assert [member.role for member in mlist.moderators] == ["moderator"] * 2
    assert [member.email for member in mlist.get_member_page(count=1, page=2)] == ["two.member@example.com"]
    assert {member.email for member in mlist.get_roster("nonmember", fields=["address", "email", "self_link"])} == {
        "one.nonmember@example.com",
        "two.nonmember@example.com",
    }
    assert mlist.get_nonmember("one.nonmember@example.com").role == "nonmember"
    mlist.remove_owner("one.owner@example.com")
    mlist.remove_moderator("one.moderator@example.com")
    answer = mlist.mass_unsubscribe(["one.member@example.com", "nobody@example.com"])
    assert (answer["one.member@example.com"], answer["nobody@example.com"]) == (True, False)
    assert (len(mlist.owners), len(mlist.moderators), len(mlist.members)) == (1, 1, 1)
