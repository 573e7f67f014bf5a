"""/bans and /lists/X/bans: set, looked up and lifted by scripts."""

from typing import Any
from urllib.parse import quote_plus

import pytest
from mailmanclient import Client
from pytest_django import DjangoAssertNumQueries

from lists.errors import MembershipBanned
from lists.models import Ban, MailingList
from lists.services.bans import ban
from suite.common.models import Event
from tests.support.api import Api
from tests.support.factories import make_list, make_member

SITE, LIST = "bans", "lists/dev.example.org/bans"
EVERYWHERE = pytest.mark.parametrize("bans", [SITE, LIST], ids=["site", "list"])


@pytest.fixture(autouse=True)
def mlist(dev: MailingList) -> MailingList:
    return dev


def emails(answer: dict[str, Any]) -> list[str]:
    return [entry["email"] for entry in answer.get("entries", [])]


@pytest.mark.feature("api.bans")
@EVERYWHERE
def test_an_address_is_banned_and_lifted(api: Api, mlist: MailingList, bans: str) -> None:
    made = api.post(bans, email="Eve@Spam.example")

    assert (made.status_code, made.content) == (201, b"")
    assert made["Location"] == f"http://127.0.0.1:8000/api/3.1/{bans}/eve@spam.example"
    answer = api.get(made["Location"])
    assert answer.pop("http_etag")
    of_list = {"list_id": "dev.example.org"} if bans == LIST else {}
    assert answer == {"email": "eve@spam.example", "self_link": made["Location"], **of_list}
    with pytest.raises(MembershipBanned):
        make_member(mlist, "eve@spam.example")
    if bans == LIST:
        make_member(make_list("other"), "eve@spam.example")
    assert emails(api.get(bans)) == ["eve@spam.example"]

    assert api.delete(f"{bans}/EVE%40spam.example").status_code == 204
    assert "entries" not in api.get(bans)
    make_member(mlist, "eve@spam.example")
    kinds = Event.objects.filter(kind__startswith="ban.", actor="api").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["ban.added", "ban.removed"]


@pytest.mark.feature("api.bans")
@pytest.mark.feature("api.conventions.self-links")
@EVERYWHERE
@pytest.mark.parametrize(
    "pattern", ["^.*@spam\\.example$", "^a+b?c#d/e%20f g@.*", "^[^@]+@(ads|news)\\.", "^ü", "^a//b", "^x;y=z,&"]
)
def test_a_pattern_goes_round(api: Api, bans: str, pattern: str) -> None:
    made = api.post(bans, email=pattern)
    assert made.status_code == 201
    assert made["Location"].isascii()
    assert api.get(made["Location"])["email"] == pattern
    [entry] = api.get(bans)["entries"]
    assert (entry["email"], entry["self_link"]) == (pattern, made["Location"])
    if " " not in pattern:
        assert api.get(f"{bans}/{quote_plus(pattern)}")["self_link"] == made["Location"]
    assert api.delete(made["Location"]).status_code == 204
    assert not Ban.objects.exists()


@pytest.mark.feature("api.bans")
@EVERYWHERE
def test_whom_a_pattern_matches_is_banned(api: Api, bans: str) -> None:
    api.post(bans, email="^.*@spam\\.example$")

    assert api.get(f"{bans}/eve@spam.example")["email"] == "eve@spam.example"
    assert api.get(f"{LIST}/EVE@Spam.example")["list_id"] == "dev.example.org"
    assert api.error("POST", bans, {"email": "eve@spam.example"}) == (400, "Address is already banned")
    gone = (404, "Email is not banned: eve@spam.example")
    assert api.error("DELETE", f"{bans}/eve@spam.example") == gone
    assert api.get(f"{bans}/eve@spam.example")


@pytest.mark.feature("api.bans")
def test_the_sites_bans_hold_on_its_lists_and_are_lifted_there_alone(api: Api, mlist: MailingList) -> None:
    ban("eve@spam.example")
    ban("bart@example.com", mlist)

    assert api.get(f"{LIST}/eve@spam.example")["list_id"] == "dev.example.org"
    assert (emails(api.get(LIST)), emails(api.get(SITE))) == (["bart@example.com"], ["eve@spam.example"])
    assert api.error("DELETE", f"{LIST}/eve@spam.example")[0] == 404
    assert api.error("GET", f"{SITE}/bart@example.com")[0] == 404
    assert api.error("GET", "lists/none.example.org/bans")[0] == 404
    assert api.error("GET", "lists/none.example.org/bans/eve@spam.example") == (404, "")


@pytest.mark.feature("api.bans")
@EVERYWHERE
@pytest.mark.parametrize("entry", ["eve@spam.example", "^eve@", "^EVE@"])
def test_one_ban_is_enough(api: Api, bans: str, entry: str) -> None:
    api.post(bans, email=entry)
    assert api.error("POST", bans, {"email": entry}) == (400, "Address is already banned")
    assert Ban.objects.count() == 1


@pytest.mark.feature("api.bans")
@EVERYWHERE
def test_what_can_be_banned(api: Api, bans: str) -> None:
    assert api.error("POST", bans, {}) == (400, "Missing Parameter: email")
    for junk in ("", "nobody", "^(", "^(?=x)", "a\0b@example.com", "^" + "x" * 10_000, "*@example.com@", "^\n"):
        status, description = api.error("POST", bans, {"email": junk})
        assert (status, description.partition(":")[0]) == (400, 'Invalid Parameter "email"')
    assert not Ban.objects.exists()


@pytest.mark.feature("api.bans")
@EVERYWHERE
@pytest.mark.parametrize("verb", ["GET", "DELETE"])
@pytest.mark.parametrize(
    "email", ["dora@example.com", "^nothing", "%00", "x" * 10_000, "^(", "%FF", "a/b/c"], ids=lambda email: email[:20]
)
def test_who_is_not_banned(api: Api, bans: str, verb: str, email: str) -> None:
    ban("eve@spam.example")
    status, description = api.error(verb, f"{bans}/{email}")
    assert (status, description[:19]) == (404, "Email is not banned")


def test_what_the_admin_pages_let_pass_can_be_looked_at(api: Api) -> None:
    Ban.objects.create(email="^\n\tx")
    [entry] = api.get(SITE)["entries"]
    assert api.get(entry["self_link"])["email"] == "^\n\tx"


@pytest.mark.feature("api.bans")
@EVERYWHERE
def test_they_come_in_pages(api: Api, bans: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for letter in "cab":
        api.post(bans, email=f"{letter}@example.com")
    with django_assert_num_queries(3 if bans == SITE else 4):
        second = api.get(bans, count=2, page=2)
    assert (second["start"], second["total_size"], emails(second)) == (2, 3, ["c@example.com"])


@pytest.mark.feature("api.bans")
@EVERYWHERE
def test_as_mailmanclient_does_it(client: Client, bans: str) -> None:
    def now() -> Any:
        return client.bans if bans == SITE else client.get_list("dev@example.org").bans

    made = now().add("eve+1@spam.example")
    now().add("^.*@ads\\.example$")

    assert made.email == "eve+1@spam.example"
    assert ("eve+1@spam.example" in now(), "x@ads.example" in now(), "dora@example.com" in now()) == (True, True, False)
    assert [each.email for each in now()] == ["^.*@ads\\.example$", "eve+1@spam.example"]
    if bans == LIST:
        assert made.mailinglist.fqdn_listname == "dev@example.org"
        assert len(client.get_list("dev@example.org").get_bans_page(count=1, page=1)) == 1
    else:
        assert len(client.get_bans_page(count=1, page=2)) == 1
    for each in ("^.*@ads\\.example$", "eve+1@spam.example"):
        now().remove(each)
    assert list(now()) == []
