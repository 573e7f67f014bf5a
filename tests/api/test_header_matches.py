"""/lists/X/header-matches: written, moved, found and taken away by scripts."""

from functools import partial
from typing import Any

import pytest
from mailmanclient import Client
from pytest_django import DjangoAssertNumQueries

from lists.enums import Action
from lists.models import MailingList
from moderation import chains
from moderation.models import HeaderMatch
from moderation.services import filters
from suite.common.models import Event
from tests.lists.test_membership_races import at_once
from tests.support.api import Api
from tests.support.factories import make_list
from tests.support.letters import make_candidate, make_letter

MATCHES = "lists/dev.example.org/header-matches"
ROOT = "http://127.0.0.1:8000/api/3.1/"


@pytest.fixture(autouse=True)
def mlist(dev: MailingList) -> MailingList:
    return dev


@pytest.fixture
def three(mlist: MailingList) -> None:
    """a, b and c, which hold, discard, and do what the site does."""
    filters.add(mlist, "a", "one", Action.HOLD, tag="work")
    filters.add(mlist, "b", "two", Action.DISCARD)
    filters.add(mlist, "c", "three", tag="work")
    filters.add(make_list("other"), "a", "one")


def shown(api: Api, path: str = MATCHES) -> list[tuple[int, str]]:
    return [(entry["position"], entry["header"]) for entry in api.get(path).get("entries", [])]


@pytest.mark.feature("api.lists.header-matches")
def test_it_is_written_read_and_acts(api: Api, mlist: MailingList) -> None:
    made = api.post(MATCHES, header="Subject", pattern="^cheap", action="discard", tag="spam")

    assert (made.status_code, made.content, made["Location"]) == (201, b"", f"{ROOT}{MATCHES}/0")
    read = api.get(made["Location"])
    assert read.pop("http_etag")
    assert read == {
        "header": "subject",
        "pattern": "^cheap",
        "position": 0,
        "action": "discard",
        "tag": "spam",
        "self_link": made["Location"],
    }
    letter = make_letter("Dora <dora@example.com>", "Cheap watches")
    verdict = chains.run("default-posting-chain", make_candidate(mlist, letter), mlist)
    assert verdict.disposition.value == "discard"
    assert Event.objects.filter(kind="filter.added", actor="api").count() == 1


@pytest.mark.feature("api.lists.header-matches")
@pytest.mark.parametrize("action", [{}, {"action": ""}])
def test_without_action_the_sites_holds(api: Api, action: dict[str, str]) -> None:
    api.post("lists/dev@example.org/header-matches", header="x-spam", pattern="yes", **action)

    assert HeaderMatch.objects.get().action is None
    [entry] = api.get(MATCHES)["entries"]
    assert set(entry) == {"header", "pattern", "position", "self_link", "http_etag"}


@pytest.mark.feature("api.lists.header-matches")
def test_one_that_is_there_is_not_written_twice(api: Api, three: None) -> None:
    again = "This header match already exists"
    assert api.error("POST", MATCHES, {"header": "A", "pattern": "one", "action": "accept"}) == (400, again)
    assert api.error("PATCH", f"{MATCHES}/1", {"header": "a", "pattern": "one"}) == (400, again)
    assert api.post(MATCHES, header="a", pattern="two").status_code == 201
    assert shown(api) == [(0, "a"), (1, "b"), (2, "c"), (3, "a")]


@pytest.mark.feature("api.lists.header-matches")
@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"header": "a"}, "Missing Parameter: pattern"),
        ({"header": "a", "pattern": "x", "colour": "red"}, "Unexpected parameters: colour"),
        ({"header": "a", "pattern": "x", "position": "0"}, "Unexpected parameters: position"),
        ({"header": "a", "pattern": "("}, 'Invalid Parameter "pattern": Not a valid regular expression'),
        ({"header": "a b", "pattern": "x"}, 'Invalid Parameter "header": A field\'s name is wanted'),
        ({"header": "", "pattern": "x"}, 'Invalid Parameter "header": This field cannot be blank'),
        ({"header": "a", "pattern": "x", "action": "burn"}, 'Invalid Parameter "action": Accepted Values are: hold'),
        ({"header": "a", "pattern": "x\0"}, 'Invalid Parameter "pattern": There is a NUL character'),
        ({"header": "a", "pattern": "x" * 10_000}, 'Invalid Parameter "pattern": '),
        ({"header": "a", "pattern": "x", "tag": "t" * 101}, 'Invalid Parameter "tag": '),
    ],
    ids=["missing", "unexpected", "position", "regex", "header", "blank", "action", "NUL", "long", "long tag"],
)
def test_what_is_none(api: Api, form: dict[str, str], why: str) -> None:
    status, description = api.error("POST", MATCHES, form)
    assert (status, description[: len(why)]) == (400, why)
    assert not HeaderMatch.objects.exists()


@pytest.mark.feature("api.lists.header-matches")
def test_it_is_changed_in_part_and_as_a_whole(api: Api, three: None) -> None:
    assert api.patch(f"{MATCHES}/1", action="reject", tag="play").status_code == 204
    changed = api.get(f"{MATCHES}/1")
    assert (changed["header"], changed["pattern"], changed["action"], changed["tag"]) == ("b", "two", "reject", "play")
    assert api.patch(f"{MATCHES}/1", action="", tag="").status_code == 204
    assert {"action", "tag"} & set(api.get(f"{MATCHES}/1")) == set()

    assert api.error("PUT", f"{MATCHES}/0", {"action": "reject"}) == (400, "Missing Parameter: header, pattern")
    assert api.put(f"{MATCHES}/0", header="New", pattern="x").status_code == 204
    whole = api.get(f"{MATCHES}/0")
    assert (whole["header"], whole["pattern"], whole["action"], whole["tag"]) == ("new", "x", "hold", "work")
    assert api.error("PATCH", f"{MATCHES}/0", {"pattern": "("})[0] == 400
    assert api.get(f"{MATCHES}/0") == whole


@pytest.mark.feature("api.lists.header-matches")
@pytest.mark.parametrize(
    ("number", "position", "order"), [(0, 2, "bca"), (2, 0, "cab"), (1, 0, "bac"), (1, 1, "abc"), (0, 1, "bac")]
)
def test_one_that_moves_shifts_the_others(api: Api, three: None, number: int, position: int, order: str) -> None:
    assert api.patch(f"{MATCHES}/{number}", position=position).status_code == 204
    assert shown(api) == list(enumerate(order))
    assert [api.get(f"{MATCHES}/{place}")["header"] for place in range(3)] == list(order)


@pytest.mark.feature("api.lists.header-matches")
def test_places_that_are_none(api: Api, three: None) -> None:
    for place in ("3", "-1", "99999999999"):
        status, description = api.error("PATCH", f"{MATCHES}/0", {"position": place, "tag": "x"})
        assert (status, description) == (400, 'Invalid Parameter "position": The list has 3 header matches.')
    for verb, form in (("GET", {}), ("PATCH", {"tag": "x"}), ("PUT", {"header": "x", "pattern": "y"}), ("DELETE", {})):
        for beyond in (3, 2**31, 10**40):
            assert api.error(verb, f"{MATCHES}/{beyond}", form) == (404, f"No header match at this position: {beyond}")
        for junk in ("-1", "x", "%00", "1/2"):
            assert api.error(verb, f"{MATCHES}/{junk}", form)[0] in (404, 405)
        assert api.error(verb, "lists/none.example.org/header-matches/0", form)[0] == 404
    assert api.get(f"{MATCHES}/0")["tag"] == "work"
    assert shown(api) == list(enumerate("abc"))


@pytest.mark.feature("api.lists.header-matches")
def test_one_is_deleted_and_all_are(api: Api, three: None) -> None:
    assert api.delete(f"{MATCHES}/0").status_code == 204
    assert shown(api) == [(0, "b"), (1, "c")]
    assert api.delete(MATCHES).status_code == 204
    assert shown(api) == []
    assert shown(api, "lists/other.example.org/header-matches") == [(0, "a")]
    assert api.delete(MATCHES).status_code == 204
    removed = Event.objects.filter(kind="filter.removed").order_by("pk").values_list("subject", flat=True)
    assert list(removed) == ["a", "b", "c"]


@pytest.mark.feature("api.lists.header-matches")
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"tag": "work"}, [(0, "a"), (2, "c")]),
        ({"header": "B"}, [(1, "b")]),
        ({"action": "hold"}, [(0, "a")]),
        ({"action": "hold", "tag": "work", "header": "a"}, [(0, "a")]),
        ({}, [(0, "a"), (1, "b"), (2, "c")]),
        ({"tag": "work", "count": 1, "page": 2}, [(2, "c")]),
    ],
    ids=["tag", "header", "action", "all three", "nothing", "a page"],
)
def test_they_are_found(api: Api, three: None, wanted: dict[str, Any], found: list[tuple[int, str]]) -> None:
    by_get, by_post = api.get(f"{MATCHES}/find", **wanted), api.post(f"{MATCHES}/find", **wanted).json()
    assert by_get == by_post
    assert [(entry["position"], entry["header"]) for entry in by_get["entries"]] == found
    assert [api.get(entry["self_link"])["header"] for entry in by_get["entries"]] == [header for _, header in found]


@pytest.mark.feature("api.lists.header-matches")
def test_none_found_is_404(api: Api, three: None) -> None:
    for wanted in ({"tag": "play"}, {"header": "a", "action": "discard"}):
        assert api.error("POST", f"{MATCHES}/find", wanted)[0] == 404
    assert api.error("POST", f"{MATCHES}/find", {"action": "burn"})[0] == 400


def test_the_place_counts_whatever_numbers_the_rows_have(api: Api, mlist: MailingList) -> None:
    for header, position in (("c", 9), ("a", 4), ("b", 4)):
        HeaderMatch.objects.create(mlist=mlist, header=header, pattern="x", position=position)
    assert shown(api) == list(enumerate("abc"))
    assert api.delete(f"{MATCHES}/1").status_code == 204
    assert shown(api) == list(enumerate("ac"))


@pytest.mark.parametrize("count", [1, 5])
def test_as_many_queries_for_few_as_for_many(
    api: Api, mlist: MailingList, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        filters.add(mlist, f"x-{number}", "x")
    with django_assert_num_queries(4):
        assert len(shown(api)) == count
    with django_assert_num_queries(4):
        assert len(api.get(MATCHES, count=1, page=1)["entries"]) == 1


@pytest.mark.django_db(transaction=True)
def test_of_the_same_one_written_by_many_at_once_one_counts(api: Api) -> None:
    answers = at_once(*[partial(Api().post, MATCHES, header="a", pattern="x")] * 4)

    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
    assert shown(api) == [(0, "a")]


@pytest.mark.feature("api.lists.header-matches")
def test_as_mailmanclient_does_it(client: Client) -> None:
    matches = client.get_list("dev.example.org").header_matches
    assert len(matches) == 0

    made = matches.add("Subject", "^cheap", "hold", tag="spam")
    matches.add("X-Spam", "yes")
    assert (made.header, made.position, made.action, made.tag) == ("subject", 0, "hold", "spam")
    assert [(each.header, each.position, each.action) for each in matches] == [
        ("subject", 0, "hold"),
        ("x-spam", 1, None),
    ]
    assert [each.pattern for each in matches.find(tag="spam")] == ["^cheap"]
    assert matches.find(tag="ham") == []
    made.position = 1
    made.save()
    matches = client.get_list("dev.example.org").header_matches
    assert [each.header for each in matches] == ["x-spam", "subject"]
    matches[0].delete()
    del client.get_list("dev.example.org").header_matches[0]
    assert len(client.get_list("dev.example.org").header_matches) == 0
