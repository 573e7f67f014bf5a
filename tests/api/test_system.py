"""What the API tells of the site itself."""

from pathlib import Path

import pytest
from django.test import override_settings
from mailmanclient import Client

from lists.models import MailingList
from lists.services.plugin_settings import change_plugin_settings
from suite.api.configuration import database_url
from tests.support.api import Api
from tests.support.plugins import install_example, plugged

SECRET = "sesame-open-7"
CHAINS = [
    *(
        "accept",
        "default-owner-chain",
        "default-posting-chain",
        "discard",
        "dmarc",
        "header-match",
        "hold",
        "moderation",
    ),
    *("reject", "scanners"),
]
PIPELINES = ["default-owner-pipeline", "default-posting-pipeline", "file-posting-pipeline"]


@pytest.mark.feature("api.system.versions")
def test_versions(api: Api) -> None:
    answer = api.get("system/versions")
    assert answer["mailman_version"].startswith("GNU Mailman 3.3.10 (")
    assert (answer["api_version"], answer["python_version"][:4]) == ("3.1", "3.11")
    assert api.get(answer["self_link"]) == answer == api.get("system")
    assert Api("3.0").get("system")["api_version"] == "3.0"


@pytest.mark.feature("api.system.versions")
def test_chains_and_pipelines_and_those_of_a_plugin(api: Api, tmp_path: Path) -> None:
    assert api.get("system/chains")["chains"] == CHAINS
    assert api.get("system/pipelines")["pipelines"] == PIPELINES

    with plugged(*install_example(tmp_path)):
        assert api.get("system/chains")["chains"] == [*CHAINS, "tea-chain"]
        assert api.get("system/pipelines")["pipelines"] == [*PIPELINES, "tea-pipeline"]


@pytest.mark.feature("api.system.configuration")
def test_preferences_of_the_system_are_only_read(api: Api) -> None:
    answer = api.get("system/preferences")
    assert answer.pop("http_etag")
    assert answer == {
        "acknowledge_posts": False,
        "delivery_mode": "regular",
        "delivery_status": "enabled",
        "hide_address": True,
        "preferred_language": "en",
        "receive_list_copy": True,
        "receive_own_postings": True,
        "self_link": "http://127.0.0.1:8000/api/3.1/system/preferences",
    }
    assert api.call("PATCH", "system/preferences", {"hide_address": "false"}).status_code == 405


@pytest.mark.feature("api.system.configuration")
def test_sections_have_mailmans_names_and_values_of_text(api: Api) -> None:
    names = api.get("system/configuration")["sections"]

    assert {"mailman", "mta", "runner.in", "logging.smtp", "database", "webservice", "styles", "nntp"} <= set(names)
    assert names == sorted(names)
    for name in names:
        section = api.get(f"system/configuration/{name}")
        assert section["self_link"].endswith(f"/system/configuration/{name}")
        assert {key: type(value) for key, value in section.items()} == dict.fromkeys(section, str)
    mailman = api.get("system/configuration/mailman")
    assert (mailman["site_owner"], mailman["pending_request_life"]) == ("postmaster@localhost", "3d")
    assert (mailman["sender_headers"], mailman["hold_digest"]) == ("from from_ reply-to sender", "no")
    for unknown in ("nothing", "Mailman", "runner.none", "%00", "a/b"):
        assert api.call("GET", f"system/configuration/{unknown}").status_code == 404


@pytest.mark.feature("api.system.configuration")
def test_no_section_tells_a_secret(api: Api) -> None:
    """Whatever setting may hold one has it here; the API's own password is the tests'."""
    with override_settings(
        RELAY_URL=f"smtp+starttls://lists:{SECRET}@relay.example.org:587",
        NNTP_URL=f"nntps://lists:{SECRET}@news.example.org",
        REDIS_URL=f"redis://:{SECRET}@cache.example.org",
        RSPAMD=f"http://lists:{SECRET}@rspamd.example.org",
        MHONARC_URL=f"https://lists:{SECRET}@archive.example.org/",
        SECRET_KEY=SECRET,
    ):
        told = {name: api.get(f"system/configuration/{name}") for name in api.get("system/configuration")["sections"]}

    assert [name for name, section in told.items() if SECRET in str(section) or "pass phrase" in str(section)] == []
    assert (told["mta"]["smtp_user"], told["mta"]["smtp_pass"], told["mta"]["smtp_host"]) == (
        "lists",
        "***",
        "relay.example.org",
    )
    assert told["webservice"]["admin_pass"] == told["nntp"]["password"] == "***"
    assert told["archiver.mhonarc"]["base_url"] == "https://lists:***@archive.example.org/"


@pytest.mark.feature("api.system.configuration")
def test_nor_does_the_databases_address() -> None:
    entry = {"ENGINE": "django.db.backends.postgresql", "NAME": "lists", "USER": "me", "PASSWORD": SECRET, "HOST": "db"}
    assert database_url(entry | {"PORT": 5432}) == "postgresql://me:***@db:5432/lists"
    assert database_url({"ENGINE": "django.db.backends.sqlite3", "NAME": "/var/lib/x"}) == "sqlite3:////var/lib/x"


@pytest.mark.feature("api.plugins")
def test_plugins_are_listed_and_answer_below_their_names(api: Api, dev: MailingList, tmp_path: Path) -> None:
    assert api.get("plugins")["total_size"] == 0
    with plugged(*install_example(tmp_path)):
        [entry] = api.get("plugins")["entries"]
        assert entry.pop("http_etag")
        assert entry == {
            "name": "tea",
            "class": "posthouse_tea.plugin.Tea",
            "enabled": True,
            "configuration": "",
            "self_link": "http://127.0.0.1:8000/api/3.1/plugins/tea",
        }
        assert api.get("plugins/tea")["name"] == "tea"
        assert api.get("system/configuration/plugin.tea")["enabled"] == "yes"
        assert api.get("plugins/tea/kinds/dev.example.org")["kind"] == "green"
        change_plugin_settings(dev, "tea", kind="black")
        assert api.get("plugins/tea/kinds/dev@example.org")["kind"] == "black"

        assert api.call("GET", "plugins/tea/kinds/dev.example.org", HTTP_AUTHORIZATION="").status_code == 401
        assert api.call("GET", "plugins/tea/kinds/none.example.org").status_code == 404
        assert api.call("DELETE", "plugins/tea/kinds/dev.example.org").status_code == 405
        assert api.call("GET", "plugins/tea/nothing").status_code == 404
        assert api.call("GET", "plugins/coffee").status_code == 404
    assert api.call("GET", "plugins/tea/kinds/dev.example.org").status_code == 404


@pytest.mark.feature("api.plugins")
def test_a_plugin_that_is_off_is_listed_as_such(api: Api, dev: MailingList, tmp_path: Path) -> None:
    with override_settings(PLUGINS_OFF=["tea"]), plugged(*install_example(tmp_path)):
        assert [(entry["name"], entry["enabled"]) for entry in api.get("plugins")["entries"]] == [("tea", False)]
        assert api.call("GET", "plugins/tea/kinds/dev.example.org").status_code == 404


@pytest.mark.feature("api.owners")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("verb", "path"), [("DELETE", "reserved/uids/orphans"), ("GET", "reserved/reset")])
def test_what_is_reserved_is_for_test_sites(api: Api, verb: str, path: str) -> None:
    assert api.call(verb, path).status_code == 404
    with override_settings(API_TESTS=True):
        assert api.call(verb, path).status_code == 204
        assert api.call(verb, path, HTTP_AUTHORIZATION="").status_code == 401
        assert api.call("POST", path).status_code == 405


@pytest.mark.feature("api.system.configuration", "api.system.versions")
def test_mailmanclient_reads_it(client: Client) -> None:
    assert client.chains["chains"] == CHAINS
    assert client.pipelines["pipelines"] == PIPELINES
    assert client.preferences["delivery_mode"] == "regular"
    assert client.configuration["mta"]["lmtp_port"] == "8024"
