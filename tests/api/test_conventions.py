"""How the API speaks, whatever it speaks about: sign-in, parameters, answers, pages and errors."""

from typing import Any

import pytest
from django.test import Client, override_settings

from lists.models import Domain
from lists.services.domains import create_domain
from suite.checks import check_api_password
from suite.common.rest import values
from tests.support.api import Api, basic
from tests.support.api_routes import VERBS, filled, routes
from tests.support.factories import make_user
from tests.support.pages import everything


@pytest.mark.feature("api.auth.basic")
@pytest.mark.parametrize(
    "credentials",
    [None, basic("restadmin", "wrong"), basic("somebody"), basic("restadmin", ""), "Basic !!", "Bearer x", "Basic"],
    ids=["none", "wrong password", "wrong user", "no password", "no base64", "another scheme", "empty"],
)
def test_without_the_password_nothing_answers(api: Api, credentials: str | None) -> None:
    response = api.call("GET", "system/versions", HTTP_AUTHORIZATION=credentials or "")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Basic realm="mailman3-rest",charset="utf-8"'
    assert response.json() == {"title": "401 Unauthorized", "description": "REST API authorization failed"}


@pytest.mark.feature("api.auth.basic")
def test_no_password_is_no_open_door(db: None) -> None:
    with override_settings(API_PASSWORD=""):
        assert Api().call("GET", "system", HTTP_AUTHORIZATION=basic(password="")).status_code == 401


def test_every_resource_wants_the_password_for_every_verb(api: Api) -> None:
    """A browser's session counts for nothing here, be it the site's owner's."""
    browser = Client()
    browser.force_login(make_user("Root", superuser=True))
    before = everything()
    paths = [filled(path, {"int:number": "1", "role:role": "member"}) for path, _ in routes()]
    wanted = (*VERBS, "HEAD", "OPTIONS")

    answers = {(verb, path): browser.generic(verb, f"/api/3.1/{path}").status_code for path in paths for verb in wanted}

    assert len(paths) > 3
    assert {key for key, status in answers.items() if status != 401} == set()
    assert everything() == before


@pytest.mark.feature("api.auth.basic")
def test_the_password_of_mailmans_manual_is_refused_at_start() -> None:
    with override_settings(API_PASSWORD="restpass"):
        [error] = check_api_password()
        assert error.id == "posthouse.E013"
        with override_settings(DEMO=True):
            assert check_api_password() == []
    assert check_api_password() == []


@pytest.mark.feature("api.conventions.bodies")
def test_the_same_request_in_three_ways(api: Api) -> None:
    make_user("Anne")
    owners = ["anne@example.com", "bart@example.com"]
    api.post("domains", mail_host="form.example.org", description="Lists", owner=owners)
    api.call("POST", "domains", json_body={"mail_host": "json.example.org", "description": "Lists", "owner": owners})
    api.post("domains?mail_host=query.example.org&description=x", description="Lists", owner=owners)

    made = Domain.objects.filter(description="Lists").order_by("mail_host")
    assert [domain.mail_host.partition(".")[0] for domain in made] == ["form", "json", "query"]
    for domain in made:
        assert sorted(user.email for user in domain.owners.all()) == owners


@pytest.mark.feature("api.conventions.bodies")
@pytest.mark.parametrize(
    ("number", "description"),
    [(5_000, "Unexpected parameters: x"), (100_001, "Malformed request.")],
    ids=["many", "too many"],
)
def test_a_form_may_name_thousands(api: Api, number: int, description: str) -> None:
    """As of everybody who is to be unsubscribed."""
    status, said = api.error("POST", "domains", {"mail_host": "lists.example.com", "x": ["1"] * number})
    assert (status, said) == (400, description)


@pytest.mark.feature("api.conventions.bodies")
def test_blank_empties_and_the_word_none_is_nothing(api: Api) -> None:
    create_domain("lists.example.com", description="Ours")
    assert api.patch("domains/lists.example.com", description="").status_code == 204
    assert api.get("domains/lists.example.com")["description"] == ""
    api.patch("domains/lists.example.com", description="None")
    assert api.get("domains/lists.example.com")["description"] == ""


@pytest.mark.feature("api.conventions.success")
def test_how_it_says_that_something_was_done(api: Api) -> None:
    made = api.post("domains", mail_host="lists.example.com")
    assert (made.status_code, made.content) == (201, b"")
    assert made["Location"] == "http://127.0.0.1:8000/api/3.1/domains/lists.example.com"

    shown = api.call("GET", made["Location"])
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("application/json", "private, no-store")
    read = shown.json()
    changed = api.patch(made["Location"], description="Ours")
    assert (changed.status_code, changed.content) == (204, b"")
    after = api.get(made["Location"])
    assert after["http_etag"] != read["http_etag"]
    assert after["http_etag"] == api.get("domains")["entries"][0]["http_etag"]

    assert api.delete(made["Location"]).status_code == 204
    assert api.call("GET", "domains/lists.example.com").status_code == 404


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    ("form", "description"),
    [
        ({}, "Missing Parameter: mail_host"),
        ({"mail_host": "a.example", "x": "1", "b": "2"}, "Unexpected parameters: b, x"),
        ({"mail_host": ["a.example", "b.example"]}, 'Invalid Parameter "mail_host": One value is wanted.'),
        ({"mail_host": "no host"}, 'Invalid Parameter "mail_host": A mail host as in lists.example.org is wanted.'),
        ({"mail_host": "a\0b"}, 'Invalid Parameter "mail_host": There is a NUL character in it.'),
        ({"mail_host": "taken.example.org"}, "Duplicate email host: taken.example.org"),
    ],
    ids=["missing", "unexpected", "twice", "invalid", "NUL", "taken"],
)
def test_what_is_wrong_is_said(api: Api, form: dict[str, Any], description: str) -> None:
    create_domain("taken.example.org")
    assert api.error("POST", "domains", form) == (400, description)
    assert Domain.objects.count() == 1


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "domains?" + "x=1&" * 1_001, 400),
        ("GET", "nowhere", 404),
        ("GET", "domains/none.example.org", 404),
        ("PUT", "domains", 405),
        ("GET", "domains/", 404),
    ],
)
def test_errors_are_json(api: Api, verb: str, path: str, status: int) -> None:
    response = api.call(verb, path)
    assert response.status_code == status
    assert response["Content-Type"].startswith("application/json")
    assert response.json()["title"].startswith(str(status))


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    "body",
    ["{", "[1]", '"x"', "null", '{"mail_host": {"a": 1}}', "\xff", "[" * 100_000, '{"a":' * 100_000],
    ids=["half", "list", "text", "null", "object", "no UTF-8", "deep list", "deep object"],
)
def test_broken_json_is_said_to_be_so(api: Api, body: str) -> None:
    response = api.client.generic(
        "POST", "/api/3.1/domains", body.encode("latin-1"), "application/json", HTTP_AUTHORIZATION=basic()
    )
    assert response.status_code == 400
    assert response.json()["description"]


@pytest.mark.feature("api.conventions.errors")
@pytest.mark.parametrize(
    "body", [{"mail_host": "\ud800"}, {"\ud800": "x"}, {"mail_host": "a.example", "owner": "\ud800@b"}]
)
def test_half_characters_are_nobodys_trouble(api: Api, body: dict[str, str]) -> None:
    status, description = api.error("POST", "domains", json_body=body)
    assert (status, bool(description)) == (400, True)


@pytest.fixture
def five(db: None) -> list[str]:
    return [create_domain(f"{letter}.example.org").mail_host for letter in "abcde"]


@pytest.mark.feature("api.conventions.paging")
@pytest.mark.parametrize(
    ("query", "start", "hosts"),
    [
        ({}, 0, "abcde"),
        ({"count": 2, "page": 1}, 0, "ab"),
        ({"count": 2, "page": 3}, 4, "e"),
        ({"count": 2, "page": 9}, 16, ""),
        ({"count": 3}, 0, "abc"),
        ({"count": 0, "page": 1}, 0, ""),
    ],
    ids=["all", "first", "last", "past the end", "count alone", "none"],
)
def test_pages(api: Api, five: list[str], query: dict[str, int], start: int, hosts: str) -> None:
    answer = api.get("domains", **query)

    assert (answer["start"], answer["total_size"]) == (start, 5)
    assert "".join(entry["mail_host"][0] for entry in answer.get("entries", [])) == hosts
    assert ("entries" in answer) is bool(hosts)
    assert answer["http_etag"]


@pytest.mark.feature("api.conventions.paging")
@pytest.mark.parametrize("query", ["page=1", "count=-1&page=1", "count=1&page=0", "count=x&page=1", "count=1&count=2"])
def test_pages_that_are_none(api: Api, query: str) -> None:
    assert api.error("GET", f"domains?{query}") == (400, "Invalid parameter")


@pytest.mark.feature("api.conventions.values")
def test_booleans() -> None:
    assert {values.boolean(word) for word in ("true", "YES", "1", "On", "enabled", "enable", True)} == {True}
    assert {values.boolean(word) for word in ("false", "no", "0", "OFF", "disabled", "disable", False)} == {False}
    with pytest.raises(ValueError, match="Invalid boolean value: maybe"):
        values.boolean("maybe")


@pytest.mark.feature("api.conventions.values")
@pytest.mark.parametrize(
    ("written", "seconds", "spelled"),
    [
        ("7d", 604800, "7d"),
        ("1d30.0s", 86430, "1d30.0s"),
        ("4w3d2h10m31.5s", 31 * 86400 + 7200 + 600 + 31.5, "31d7831.5s"),
        ("90s", 90, "0d90.0s"),
    ],
)
def test_durations(written: str, seconds: float, spelled: str) -> None:
    duration = values.duration(written)
    assert (duration.total_seconds(), values.spell(duration)) == (seconds, spelled)


@pytest.mark.feature("api.conventions.values")
@pytest.mark.parametrize("written", ["", "d", "7", "7x", "1s1d", "-1d", "99999999999999w"])
def test_no_durations(written: str) -> None:
    with pytest.raises(ValueError, match="Invalid duration"):
        values.duration(written)


@pytest.mark.feature("api.conventions.transactions")
def test_one_wrong_value_changes_nothing(api: Api) -> None:
    create_domain("lists.example.com", description="Ours")
    assert api.patch("domains/lists.example.com", description="Theirs", base_url="no").status_code == 400
    assert api.patch("domains/lists.example.com", description="Theirs", owner="nobody").status_code == 400
    assert Domain.objects.get().description == "Ours"
