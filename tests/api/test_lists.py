"""/lists: made, read, filtered, found and deleted."""

from typing import Any

import pytest
from mailmanclient import Client
from pytest_django import DjangoAssertNumQueries, Settings

from archives.models import Archive
from archives.services.filing import archive_of
from lists.enums import ArchivePolicy, MemberRole
from lists.models import Domain, MailingList, Style
from tests.support.api import Api
from tests.support.factories import make_domain, make_list, make_member, make_members, make_user

JUNK = ["a\0b", "x" * 10_000, "%FF", "-1", "dev@", "\u202e", "*"]
JUNK_IDS = ["NUL", "long", "no UTF-8", "negative", "no host", "not printable", "star"]


def names(answer: dict[str, Any]) -> list[str]:
    return [entry["list_name"] for entry in answer.get("entries", [])]


@pytest.mark.feature("api.lists.collection")
def test_a_list_is_made_and_says_what_it_is(api: Api) -> None:
    make_domain()

    made = api.post("lists", fqdn_listname="Dev@Example.org")

    assert (made.status_code, made.content) == (201, b"")
    assert made["Location"] == "http://127.0.0.1:8000/api/3.1/lists/dev.example.org"
    mlist = MailingList.objects.get()
    make_members(mlist, 3)
    make_member(mlist, "anne@example.com", MemberRole.OWNER)
    read = api.get(made["Location"])
    assert {**read, "http_etag": ""} == {
        "advertised": True,
        "description": "",
        "display_name": "Dev",
        "fqdn_listname": "dev@example.org",
        "http_etag": "",
        "list_id": "dev.example.org",
        "list_name": "dev",
        "mail_host": "example.org",
        "member_count": 3,
        "self_link": made["Location"],
        "volume": 1,
    }
    assert api.get("lists/dev@example.org") == api.get("lists/DEV.example.ORG") == read
    assert api.get("lists")["entries"] == [read]


@pytest.mark.feature("api.lists.collection")
def test_a_style_is_where_it_starts(api: Api) -> None:
    make_domain()
    api.post("lists", fqdn_listname="room@example.org", style_name="private-default")

    mlist = MailingList.objects.get()
    assert (mlist.advertised, mlist.archive_policy) == (False, ArchivePolicy.PRIVATE)


@pytest.mark.feature("api.lists.collection")
@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("dev@example.org", "Mailing list exists"),
        ("dev@none.example.org", "Domain does not exist: none.example.org"),
        ("d+v@example.org", "Invalid list name: d+v"),
        ("dev", "Invalid list posting address: dev"),
        ("dev@example", "Invalid list posting address: dev@example"),
        ("", "Invalid list posting address: "),
    ],
    ids=["taken", "no domain", "no name", "no host", "no domain name", "empty"],
)
def test_why_no_list_was_made(api: Api, dev: MailingList, name: str, description: str) -> None:
    assert api.error("POST", "lists", {"fqdn_listname": name}) == (400, description)
    assert MailingList.objects.count() == 1


def test_a_style_that_is_none_makes_no_list(api: Api) -> None:
    make_domain()
    wanted = {"fqdn_listname": "dev@example.org", "style_name": "baroque"}
    assert api.error("POST", "lists", wanted) == (400, "There is no style named baroque.")
    assert api.error("POST", "lists", {}) == (400, "Missing Parameter: fqdn_listname")
    assert not MailingList.objects.exists()


@pytest.mark.feature("api.domains.lists-owners")
@pytest.mark.feature("api.lists.collection")
@pytest.mark.parametrize("path", ["lists", "domains/example.org/lists"])
def test_lists_are_shown_by_pages_and_the_advertised_ones_apart(api: Api, path: str) -> None:
    for name in ("b", "a", "d", "c"):
        make_list(name, advertised=name != "c")

    assert names(api.get(path)) == names(api.get(path, advertised="false")) == ["a", "b", "c", "d"]
    assert names(api.get(path, advertised="true")) == ["a", "b", "d"]
    second = api.get(path, advertised="true", count=2, page=2)
    assert (second["start"], second["total_size"], names(second)) == (2, 3, ["d"])
    assert api.error("GET", f"{path}?advertised=maybe")[0] == 400


@pytest.mark.feature("api.domains.lists-owners")
def test_a_domain_shows_its_own_lists_only(api: Api) -> None:
    make_list("dev@example.org")
    make_list("tea@example.net")
    make_domain("empty.example.org")

    assert names(api.get("domains/Example.net/lists")) == ["tea"]
    assert "entries" not in api.get("domains/empty.example.org/lists")
    assert api.error("GET", "domains/none.example.org/lists")[0] == 404


@pytest.mark.parametrize("count", [1, 4])
def test_as_many_queries_for_few_lists_as_for_many(
    api: Api, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_member(make_list(f"list{number}"), "bart@example.com")

    with django_assert_num_queries(3):
        assert [entry["member_count"] for entry in api.get("lists")["entries"]] == [1] * count
    with django_assert_num_queries(4):
        assert len(api.get("domains/example.org/lists")["entries"]) == count
    with django_assert_num_queries(4):
        assert len(api.get("lists/find", subscriber="bart@example.com")["entries"]) == count
    with django_assert_num_queries(2):
        api.get("lists/list0.example.org")


@pytest.mark.feature("api.lists.find")
def test_the_lists_of_somebody(api: Api) -> None:
    lists = {name: make_list(name) for name in ("a", "b", "c", "d", "e")}
    dora = make_user("Dora", "dora@example.com", "dora@example.org")
    make_member(lists["a"], dora)
    make_member(lists["b"], "dora@example.com")
    make_member(lists["b"], "dora@example.com", MemberRole.OWNER)
    make_member(lists["c"], "dora@example.org", MemberRole.MODERATOR)
    make_member(lists["d"], "dora@example.com", MemberRole.NONMEMBER)
    make_member(lists["e"], "bart@example.com")

    def found(**wanted: Any) -> list[str]:
        by_get, by_post = api.get("lists/find", **wanted), api.post("lists/find", **wanted).json()
        assert by_get == by_post
        return names(by_get)

    assert found(subscriber="Dora@example.com") == ["a", "b"]
    assert found(subscriber=dora.pk.hex) == found(subscriber=dora.pk.int) == ["a", "b", "c"]
    assert found(subscriber="dora@example.com", role="owner") == ["b"]
    assert found(subscriber="dora@example.com", role="nonmember") == ["d"]
    second = api.post("lists/find", subscriber=dora.pk.hex, count=2, page=2).json()
    assert (second["start"], second["total_size"], names(second)) == (2, 3, ["c"])


@pytest.mark.feature("api.lists.find")
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_who_is_on_no_list_is_not_found(api: Api, dev: MailingList, verb: str) -> None:
    make_member(dev, "bart@example.com")
    for query in ("subscriber=dora@example.com", "subscriber=bart@example.com&role=owner", "subscriber=" + "0" * 32):
        assert api.error(verb, f"lists/find?{query}") == (404, "")
    assert api.error(verb, "lists/find?role=owner") == (400, "Missing Parameter: subscriber")
    for query in (
        "subscriber=dora",
        "subscriber=dora@example.com&role=king",
        "subscriber=%00@",
        "subscriber=" + "9" * 9000,
    ):
        assert api.error(verb, f"lists/find?{query}")[0] == 400


@pytest.mark.feature("api.lists.collection")
def test_the_styles_there_are(api: Api, settings: Settings) -> None:
    Style.objects.create(name="announce-tea", description="Tea is ready.")
    settings.DEFAULT_STYLE = "announce-tea"

    answer = api.get("lists/styles")

    assert answer["style_names"] == ["announce-tea", "legacy-announce", "legacy-default", "private-default"]
    assert sorted(style["name"] for style in answer["styles"]) == answer["style_names"]
    assert {"name": "announce-tea", "description": "Tea is ready."} in answer["styles"]
    assert answer["default"] == "announce-tea"


@pytest.mark.feature("api.lists.collection")
@pytest.mark.parametrize("name", ["dev.example.org", "dev@example.org"])
def test_a_list_is_deleted(api: Api, dev: MailingList, name: str) -> None:
    make_list("tea")
    answer = api.delete(f"lists/{name}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert names(api.get("lists")) == ["tea"]
    assert api.error("DELETE", f"lists/{name}") == (404, "")


@pytest.mark.parametrize("kept", [False, True])
def test_its_archive_goes_unless_it_is_to_be_kept(api: Api, dev: MailingList, kept: bool) -> None:
    archive_of(dev)
    assert api.delete("lists/dev.example.org", keep_archive=kept).status_code == 204
    assert Archive.objects.exists() is kept


@pytest.mark.parametrize("said", [{}, {"keep_archives": False}, {"keep_archives": True}], ids=["unsaid", "no", "yes"])
def test_archives_go_with_their_domain_unless_they_are_to_be_kept(
    api: Api, dev: MailingList, said: dict[str, bool]
) -> None:
    kept = said.get("keep_archives", False)
    for mlist in (dev, make_list("tea")):
        archive_of(mlist)
    assert api.delete("domains/example.org", **said).status_code == 204
    assert (Domain.objects.exists(), MailingList.objects.exists()) == (False, False)
    left = Archive.objects.filter(mlist=None).order_by("list_id").values_list("list_id", flat=True)
    assert list(left) == (["dev.example.org", "tea.example.org"] if kept else [])
    assert Archive.objects.count() == len(left)


def test_what_is_no_answer_deletes_no_domain(api: Api, dev: MailingList) -> None:
    assert api.error("DELETE", "domains/example.org", {"keep_archives": "perhaps"})[0] == 400
    assert api.error("DELETE", "domains/example.org", {"keep_archive": "yes"})[0] == 400  # which is a list's
    assert MailingList.objects.get() == dev


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize("junk", JUNK, ids=JUNK_IDS)
def test_junk_in_the_path_names_no_list(api: Api, dev: MailingList, junk: str) -> None:
    for path in (f"lists/{junk}", f"domains/{junk}/lists"):
        assert api.error("GET", path.replace("\0", "%00"))[0] == 404
    assert api.error("DELETE", f"lists/{junk}".replace("\0", "%00"))[0] == 404


@pytest.mark.feature("api.lists.collection")
@pytest.mark.feature("api.lists.find")
def test_as_mailmanclient_does_it(client: Client) -> None:
    domain = client.create_domain("example.org")
    dev = domain.create_list("dev", style_name="legacy-announce")
    domain.create_list("tea")
    make_member(MailingList.objects.get(list_name="dev"), "bart@example.com")

    assert (dev.fqdn_listname, dev.list_id, dev.member_count) == ("dev@example.org", "dev.example.org", 1)
    assert [mlist.list_id for mlist in client.lists] == ["dev.example.org", "tea.example.org"]
    assert [mlist.list_name for mlist in client.get_list_page(count=1, page=2)] == ["tea"]
    assert [mlist.list_name for mlist in domain.get_list_page(count=1, page=1, advertised=True)] == ["dev"]
    assert [mlist.list_name for mlist in client.find_lists("bart@example.com", role="member")] == ["dev"]
    assert client.styles["default"] == "legacy-default"
    client.get_list("dev@example.org").delete()
    client.delete_list("tea.example.org")
    assert (client.lists, domain.lists) == ([], [])
