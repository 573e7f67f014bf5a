"""/uris of the site, of domains and of lists: where the texts of our mails are taken from."""

from typing import Any

import pytest
from mailmanclient import Client
from pytest_django import DjangoAssertNumQueries

from lists import notices
from lists.models import MailingList, NoticeTemplate
from lists.services.text_uris import set_uri
from lists.services.texts import set_text
from lists.texts.names import NAMES
from suite.common.models import Event
from tests.support.api import Api
from tests.support.factories import make_list
from tests.support.webserver import WebServer

WELCOME, FOOTER, NEW_LIST = "list:user:notice:welcome", "list:member:regular:footer", "domain:admin:notice:new-list"
HERE = "http://192.0.2.1/$list_id/$language"
MAILMANS = f"""{NEW_LIST}
    list:admin:action:post list:admin:action:subscribe list:admin:action:unsubscribe
    list:admin:notice:disable list:admin:notice:increment list:admin:notice:pending list:admin:notice:removal
    list:admin:notice:subscribe list:admin:notice:unrecognized list:admin:notice:unsubscribe
    list:member:digest:footer list:member:digest:header list:member:digest:masthead
    list:member:regular:footer list:member:regular:header
    list:user:action:invite list:user:action:subscribe list:user:action:unsubscribe
    list:user:notice:goodbye list:user:notice:hold list:user:notice:no-more-today list:user:notice:post
    list:user:notice:probe list:user:notice:refuse list:user:notice:rejected list:user:notice:warning
    list:user:notice:welcome""".split()
SCOPES = ("uris", "domains/example.org/uris", "lists/dev.example.org/uris")
SCOPED = pytest.mark.parametrize("uris", SCOPES, ids=["site", "domain", "list"])


@pytest.fixture(autouse=True)
def mlist(dev: MailingList) -> MailingList:
    return dev


def names_at(uris: str) -> list[str]:
    return [name for name in MAILMANS if not (uris.startswith("lists/") and name == NEW_LIST)]


def shown(api: Api, uris: str) -> dict[str, str]:
    return {entry["name"]: entry["uri"] for entry in api.get(uris).get("entries", [])}


@pytest.mark.feature("api.uris")
@SCOPED
def test_each_is_set_read_replaced_emptied_and_deleted(api: Api, uris: str) -> None:
    assert (len(MAILMANS), {name for name, each in NAMES.items() if not each.ours}) == (28, set(MAILMANS))
    assert api.get(uris) == {
        "start": 0,
        "total_size": 0,
        "self_link": f"http://127.0.0.1:8000/api/3.1/{uris}",
        "http_etag": api.get(uris)["http_etag"],
    }
    for name in names_at(uris):
        for uri in (f"http://192.0.2.1/{name}", HERE):
            for verb in ("PATCH", "PUT"):
                assert api.call(verb, f"{uris}/{name}", {name: uri}).status_code == 204
            answer = api.get(f"{uris}/{name}")
            assert (answer["name"], answer["uri"], set(answer)) == (
                name,
                uri,
                {"name", "uri", "self_link", "http_etag"},
            )
            assert answer["self_link"] == f"http://127.0.0.1:8000/api/3.1/{uris}/{name}"
            assert api.get(answer["self_link"]) == answer
            assert api.get(uris)["entries"] == [answer]
        assert api.patch(f"{uris}/{name}", **{name: ""}).status_code == 204
        assert api.error("GET", f"{uris}/{name}") == (404, "")
        api.put(f"{uris}/{name}", **{name: HERE})
        assert api.delete(f"{uris}/{name}").status_code == 204
        assert shown(api, uris) == {}
    assert not NoticeTemplate.objects.exists()


@pytest.mark.feature("api.uris")
@SCOPED
def test_all_together(api: Api, uris: str) -> None:
    every = {name: f"http://192.0.2.1/{number}" for number, name in enumerate(names_at(uris))}
    less = {name: uri for name, uri in every.items() if name != WELCOME}
    assert api.error("PUT", uris, less) == (400, f"Missing Parameter: {WELCOME}")
    assert shown(api, uris) == {}

    assert api.put(uris, **every, username="anne", password="geheim").status_code == 204
    answer = api.get(uris)
    assert [entry["name"] for entry in answer["entries"]] == sorted(every)
    assert {(entry["username"], entry["password"]) for entry in answer["entries"]} == {("anne", "geheim")}
    assert shown(api, uris) == every
    second = api.get(uris, count=10, page=3)
    assert (second["start"], second["total_size"], len(second["entries"])) == (20, len(every), len(every) - 20)

    assert api.patch(uris, **{WELCOME: "", FOOTER: HERE}).status_code == 204
    assert shown(api, uris) == {name: uri for name, uri in (every | {FOOTER: HERE}).items() if name != WELCOME}
    assert set(api.get(f"{uris}/{FOOTER}")) == {"name", "uri", "self_link", "http_etag"}
    assert api.put(uris, **dict.fromkeys(every, "")).status_code == 204
    assert shown(api, uris) == {}
    api.patch(uris, **every)
    assert api.delete(uris).status_code == 204
    assert shown(api, uris) == {}
    assert Event.objects.filter(kind="text.reset", actor="api").count() == 2 * len(every)


@pytest.mark.feature("api.uris")
@SCOPED
def test_user_and_password_come_as_a_pair(api: Api, uris: str) -> None:
    one, both = f"{uris}/{FOOTER}", {"username": "anne", "password": "geheim"}
    for half in ({"username": "anne"}, {"password": "geheim"}, {"username": "anne", "password": ""}):
        for path in (uris, one):
            wanted = (400, "Specify both username and password, or neither")
            assert api.error("PATCH", path, {FOOTER: HERE, **half}) == wanted
    assert shown(api, uris) == {}

    assert api.patch(one, **{FOOTER: HERE}, **both).status_code == 204
    answer = api.get(one)
    assert (answer["uri"], answer["username"], answer["password"]) == (HERE, "anne", "geheim")
    assert api.patch(one, username="bart", password="secret").status_code == 204
    answer = api.get(one)
    assert (answer["uri"], answer["username"], answer["password"]) == (HERE, "bart", "secret")
    assert api.patch(one, uri="http://192.0.2.1/other").status_code == 204
    assert "username" not in api.get(one)


@pytest.mark.feature("api.uris")
def test_names_that_are_none_there(api: Api) -> None:
    for uris in SCOPES:
        names = ["list:user:notice:nothing", "%00", "x" * 10_000] + ([NEW_LIST] if uris.startswith("lists/") else [])
        for name in names:
            for verb in ("GET", "PUT", "PATCH", "DELETE"):
                assert api.error(verb, f"{uris}/{name}", {name: HERE}) == (404, "")
            assert api.error("PATCH", uris, {name: HERE}) == (400, f"Unexpected parameters: {name}")
        assert api.error("PUT", f"{uris}/{FOOTER}", {}) == (400, f"Missing Parameter: {FOOTER}")
        assert api.error("PUT", f"{uris}/{FOOTER}", {WELCOME: HERE}) == (400, f"Unexpected parameters: {WELCOME}")
    for verb in ("GET", "PUT", "PATCH", "DELETE"):
        for path in ("lists/none.example.org/uris", "domains/none.example.org/uris", "lists/%00/uris"):
            assert api.error(verb, path, {FOOTER: HERE}) == (404, "")
            assert api.error(verb, f"{path}/{FOOTER}", {FOOTER: HERE}) == (404, "")


NO_URIS = {
    "ftp": "ftp://192.0.2.1/x",
    "mailman": "mailman:///x",
    "a file elsewhere": "file:///etc/passwd",
    "no host": "http://",
    "half a host": "http://[",
    "a word": "x",
    "NUL": "http://a\0b/",
    "two words": "http://x y/",
    "too long": "http://192.0.2.1/" + "x" * 500,
    "another host for each": "http://${list_id}/x",
    "with password": "http://anne:geheim@192.0.2.1/",
}


@pytest.mark.parametrize("uri", NO_URIS.values(), ids=NO_URIS)
def test_what_is_no_uri_sets_nothing_of_what_was_asked(api: Api, uri: str) -> None:
    for path in SCOPES:
        assert api.error("PATCH", path, {WELCOME: HERE, FOOTER: uri})[0] == 400
        assert api.error("PUT", f"{path}/{FOOTER}", {FOOTER: uri})[0] == 400
    assert api.error("PATCH", "uris", {FOOTER: HERE, "username": "x" * 256, "password": "y"})[0] == 400
    assert not NoticeTemplate.objects.exists()


def test_own_words_and_those_of_one_language_are_none_of_these(api: Api, mlist: MailingList) -> None:
    set_text(WELCOME, mlist, "Welcome!\n")
    set_uri(FOOTER, mlist, HERE, language="de", trusted=True)
    uris = "lists/dev@example.org/uris"

    assert shown(api, uris) == {}
    for path in (uris, f"{uris}/{WELCOME}", f"{uris}/{FOOTER}"):
        assert api.delete(path).status_code == 204
    assert api.patch(uris, **{WELCOME: "", FOOTER: ""}).status_code == 204

    assert NoticeTemplate.objects.count() == 2


def test_each_has_its_own(api: Api) -> None:
    make_list("other")
    for number, uris in enumerate(SCOPES):
        api.patch(uris, **{FOOTER: f"http://192.0.2.1/{number}"})
    assert [shown(api, uris)[FOOTER][-1] for uris in SCOPES] == ["0", "1", "2"]
    assert shown(api, "lists/other.example.org/uris") == {}
    api.delete(SCOPES[2])
    assert [len(shown(api, uris)) for uris in SCOPES] == [1, 1, 0]


@pytest.mark.parametrize("count", [1, 5])
def test_as_many_queries_for_few_as_for_many(
    api: Api, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.patch(SCOPES[2], **dict.fromkeys(names_at(SCOPES[2])[:count], HERE))
    with django_assert_num_queries(4):
        assert len(api.get(SCOPES[2])["entries"]) == count


@pytest.mark.feature("api.uris")
def test_as_mailmanclient_does_it(client: Client) -> None:
    def footer() -> Any:
        return notices.render(FOOTER, MailingList.objects.get())[1]

    mlist, domain = client.get_list("dev@example.org"), client.get_domain("example.org")
    with WebServer() as server:
        server.pages["/dev.example.org"] = (200, b"Our footer\n")
        mlist.set_template(FOOTER, server.url + "/$list_id", username="anne", password="geheim")
    assert footer() == "Our footer\n"  # the next mail has it
    assert server.requests[0].headers["Authorization"] == "Basic YW5uZTpnZWhlaW0="

    [template] = mlist.templates
    assert (template.name, template.username, template.password) == (FOOTER, "anne", "geheim")
    template.delete()
    domain.set_template(WELCOME, "http://127.0.0.1:1/x")
    client.set_template(NEW_LIST, "http://127.0.0.1:1/y")
    assert (len(mlist.templates), [each.name for each in domain.templates]) == (0, [WELCOME])
    [template] = client.templates
    template.uri = "http://127.0.0.1:1/z"
    template.save()
    assert [each.uri for each in client.get_templates_page(count=1, page=1)] == ["http://127.0.0.1:1/z"]
    assert footer() != "Our footer\n"
