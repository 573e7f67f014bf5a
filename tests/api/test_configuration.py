"""/lists/X/config: what a list is set to, read and written as a whole and by name."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from mailmanclient import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.live_server_helper import LiveServer

from lists import notices
from lists.models import MailingList
from lists.services.mailing_lists import change_settings
from lists.settings_table import SETTINGS
from moderation.passwords import Approval, approval
from suite.common.enums import WireChoices
from suite.mail.parse import parse
from tests.lists.test_membership_races import at_once
from tests.lists.test_settings import READ_ONLY, TOPIC
from tests.lists.test_styles import LEGACY_DEFAULT
from tests.support.api import PASSWORD, USER, Api
from tests.support.factories import make_list
from tests.support.webserver import WebServer

CONFIG = "lists/dev.example.org/config"
READABLE = {*LEGACY_DEFAULT, "created_at"}
NEW: dict[str, Any] = {
    "acceptable_aliases": ["dev@example.com", "^dev.*@"],
    "accept_these_nonmembers": ["@test@example.org"],
    "archive_policy": "private",
    "archive_rendering_mode": "markdown",
    "autorespond_owner": "respond_and_discard",
    "autorespond_postings": "respond_and_continue",
    "autorespond_requests": "respond_and_continue",
    "autoresponse_grace_period": "1d30.0s",
    "autoresponse_owner_text": "Thanks.\nLater.",
    "autoresponse_postings_text": "Thank you.",
    "autoresponse_request_text": "Grüße",
    "bounce_info_stale_after": "3d",
    "bounce_score_threshold": 7,
    "bounce_you_are_disabled_warnings": 0,
    "bounce_you_are_disabled_warnings_interval": "14d",
    "default_member_action": "accept",
    "default_nonmember_action": "reject",
    "description": "What we do",
    "digest_size_threshold": 10.5,
    "digest_volume_frequency": "weekly",
    "discard_these_nonmembers": ["^.*@spam\\.example$"],
    "display_name": "Developers",
    "dmarc_addresses": ["anne@example.com"],
    "dmarc_mitigate_action": "munge_from",
    "dmarc_moderation_notice": "No.",
    "dmarc_wrapped_message_text": "Wrapped.",
    "filter_action": "preserve",
    "filter_extensions": ["exe"],
    "filter_types": ["image/png", "video"],
    "forward_unrecognized_bounces_to": "site_owner",
    "hold_these_nonmembers": ["bart@example.com"],
    "info": "One.\n\nTwo.",
    "linked_newsgroup": "comp.mail.misc",
    "max_days_to_hold": 5,
    "max_message_size": 0,
    "max_num_recipients": 20,
    "member_roster_visibility": "public",
    "newsgroup_moderation": "open_moderated",
    "pass_extensions": ["txt", "pdf"],
    "pass_types": ["text/plain"],
    "personalize": "full",
    "posting_pipeline": "default-owner-pipeline",
    "preferred_language": "de",
    "reject_these_nonmembers": ["cris@example.com"],
    "reply_goes_to_list": "explicit_header_only",
    "reply_to_address": "desk@example.com",
    "subject_prefix": "[dev %05d] ",
    "subscription_policy": "confirm_then_moderate",
    "unsubscription_policy": "open",
}
"""Other values than a new list has; those that are neither here nor a password are switches."""
WRITABLE = sorted(READABLE - {*READ_ONLY, "created_at"})
EXTRA = {
    "posting_chain": "accept",
    "owner_chain": "default-posting-chain",
    "owner_pipeline": "default-posting-pipeline",
    "bounce_matching_headers": "X-Spam: ^yes",
    "topics": [TOPIC],
    "topics_enabled": True,
    "topics_bodylines_limit": 12,
}


def wire(value: Any) -> Any:
    if isinstance(value, WireChoices):
        return value.name.lower()
    return f"{value.days}d" if isinstance(value, timedelta) else value


def other(name: str) -> Any:
    """What the setting is changed to; a switch is turned."""
    return NEW[name] if name in NEW else not LEGACY_DEFAULT[name]


def formed(values: dict[str, Any]) -> dict[str, Any]:
    """For a form, in which an empty list is an empty text."""
    return {name: "" if value == [] else value for name, value in values.items()}


def shown(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "http_etag"}


@pytest.fixture(autouse=True)
def mlist(dev: MailingList) -> MailingList:
    return dev


@pytest.mark.feature("api.lists.config")
def test_the_settings_of_a_new_list(api: Api, mlist: MailingList) -> None:
    answer = api.get(CONFIG)

    expected = {name: wire(value) for name, value in LEGACY_DEFAULT.items()}
    created = mlist.created_at.replace(tzinfo=None).isoformat()
    assert shown(answer) == expected | {"created_at": created, "moderator_password": None}
    assert (len(shown(answer)), len(WRITABLE)) == (93, 76)
    assert answer["http_etag"]
    assert (answer["archive_policy"], answer["autoresponse_grace_period"]) == ("public", "90d")
    assert type(answer["digest_size_threshold"]) is float
    assert api.get("lists/dev@example.org/config") == answer


@pytest.mark.feature("api.lists.config")
@pytest.mark.parametrize("name", sorted(READABLE))
def test_a_setting_by_its_name(api: Api, name: str) -> None:
    assert shown(api.get(f"{CONFIG}/{name}")) == {name: api.get(CONFIG)[name]}


@pytest.mark.feature("api.lists.config")
@pytest.mark.parametrize("name", [name for name in WRITABLE if name != "moderator_password"])
def test_each_can_be_written_in_all_ways(api: Api, name: str) -> None:
    before, new = api.get(CONFIG), other(name)
    assert before[name] != new

    assert api.patch(CONFIG, **{name: new}).status_code == 204
    assert shown(api.get(CONFIG)) == shown(before) | {name: new}
    back = before[name] if before[name] != [] else ""
    assert api.put(f"{CONFIG}/{name}", **{name: back}).status_code == 204
    assert api.get(CONFIG) == before
    for verb, path, value in (("PATCH", f"{CONFIG}/{name}", new), ("PUT", f"{CONFIG}/{name}", before[name])):
        assert api.call(verb, path, json_body={name: value}).status_code == 204
        assert api.get(CONFIG)[name] == value


@pytest.mark.feature("api.lists.config")
@pytest.mark.parametrize("as_json", [True, False])
def test_all_are_put_and_none_may_be_missing(api: Api, as_json: bool) -> None:
    def put(values: dict[str, Any]) -> tuple[int, str]:
        body: dict[str, Any] = {"json_body": values} if as_json else {"form": formed(values)}
        response = api.call("PUT", CONFIG, **body)
        return response.status_code, response.json()["description"] if response.content else ""

    before = api.get(CONFIG)
    every = {name: other(name) for name in WRITABLE if name != "moderator_password"} | {"moderator_password": "sesame"}
    for missing in ("info", "acceptable_aliases", "moderator_password"):
        less = {name: value for name, value in every.items() if name != missing}
        assert put(less) == (400, f"Missing Parameter: {missing}")
    assert put(every | {"volume": 3, "colour": "red"}) == (400, "Unexpected parameters: colour, volume")
    assert api.get(CONFIG) == before

    assert put(every) == (204, "")
    after = api.get(CONFIG)
    assert {name: after[name] for name in WRITABLE} == every | {"moderator_password": after["moderator_password"]}
    assert put({name: before[name] for name in WRITABLE}) == (204, "")
    assert api.get(CONFIG) == before


@pytest.mark.feature("api.lists.config")
@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("advertised", "maybe", "Invalid boolean value: maybe"),
        ("archive_policy", "secret", "Accepted Values are: never, private, public"),
        ("archive_policy", "", "Accepted Values are: never, private, public"),
        ("autoresponse_grace_period", "soon", "Invalid duration: soon"),
        ("autoresponse_grace_period", "99999999d", "Invalid duration: 99999999d"),
        ("max_message_size", "-1", "Ensure this value is greater than or equal to 0"),
        ("max_message_size", "much", "Invalid number: much"),
        ("max_message_size", "2147483648", "Invalid number: 2147483648"),
        ("max_message_size", "9" * 30, f"Invalid number: {'9' * 30}"),
        ("digest_size_threshold", "nan", "Invalid number: nan"),
        ("digest_size_threshold", "-0.5", "Ensure this value is greater than or equal to 0.0"),
        ("description", "two\nlines", "One line without control characters is wanted"),
        ("info", "a\0b", "There is a NUL character in it"),
        ("acceptable_aliases", "dev", "Neither an address nor a pattern that begins with ^: dev"),
        ("filter_types", ["image", "No type"], "A type as in `image` or `image/png` is wanted: No type"),
        ("preferred_language", "tlh", None),
        ("posting_pipeline", "baroque", None),
        ("reply_to_address", "nobody", "Invalid email address: nobody"),
        ("topics", "[]", "A topic is wanted"),
        ("topics", "{", None),
        ("topics", '{"name": "\\u0000", "pattern": "x", "description": ""}', "There is a NUL character in it"),
        ("topics_enabled", ["yes", "no"], "One value is wanted"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else None,
)
def test_what_a_setting_does_not_take(api: Api, name: str, value: Any, why: str | None) -> None:
    before = api.get(CONFIG)

    for verb, path in (("PATCH", CONFIG), ("PATCH", f"{CONFIG}/{name}"), ("PUT", f"{CONFIG}/{name}")):
        status, description = api.error(verb, path, {name: value})
        assert (status, description.partition(":")[0]) == (400, f'Invalid Parameter "{name}"')
        if why is not None:
            assert description == f'Invalid Parameter "{name}": {why}.'
    assert api.get(CONFIG) == before


@pytest.mark.feature("api.lists.config")
@pytest.mark.parametrize("value", [None, 7, {}, [{}], [None], ["\ud800"], [["x"]]], ids=str)
def test_json_of_the_wrong_kind(api: Api, value: Any) -> None:
    for name in WRITABLE:
        if name == "moderator_password" or (value == 7 and isinstance(LEGACY_DEFAULT[name], int | float)):
            continue
        status, description = api.error("PATCH", CONFIG, json_body={name: value})
        assert (name, status, bool(description)) == (name, 400, True)


@pytest.mark.feature("api.lists.config")
def test_names_that_are_none_and_those_nobody_writes(api: Api) -> None:
    assert api.error("PATCH", CONFIG, {"colour": "red"}) == (400, "Unknown attribute: colour")
    assert api.error("PATCH", CONFIG, {"info": "x", "volume": "3"}) == (400, "Read-only attribute: volume")
    assert api.error("PATCH", f"{CONFIG}/info", {"colour": "red"}) == (400, "Unknown attribute: colour")
    assert api.error("PATCH", f"{CONFIG}/info", {"info": "x", "b": "y"}) == (400, "Expected 1 attribute, got 2")
    assert api.error("PUT", f"{CONFIG}/info", {}) == (400, "Missing Parameter: info")
    assert api.error("PUT", f"{CONFIG}/info", {"info": "x", "b": "y"}) == (400, "Unexpected parameters: b")
    for verb in ("PUT", "PATCH", "DELETE"):
        for name in (*READ_ONLY, "created_at", "list_id", "plugin_settings"):
            assert api.error(verb, f"{CONFIG}/{name}", {name: "3"}) == (400, f"Read-only attribute: {name}")
    for verb in ("GET", "PUT", "PATCH", "DELETE"):
        assert api.error(verb, f"{CONFIG}/colour") == (404, "Unknown attribute: colour")
        assert api.error(verb, "lists/none.example.org/config/info")[0] == 404
    assert api.get(CONFIG)["info"] == ""


@pytest.mark.feature("api.lists.config")
def test_aliases_alone_can_be_deleted(api: Api, mlist: MailingList) -> None:
    change_settings(mlist, acceptable_aliases=["dev@example.com"], info="Ours", filter_types=["image"])

    assert api.delete(f"{CONFIG}/acceptable_aliases").status_code == 204
    assert api.get(CONFIG)["acceptable_aliases"] == []
    for name in ("info", "filter_types", "moderator_password"):
        assert api.error("DELETE", f"{CONFIG}/{name}") == (400, f"Attribute cannot be DELETEd: {name}")
    assert api.error("DELETE", CONFIG) == (400, "Cannot delete the list configuration itself")
    assert (api.get(CONFIG)["info"], api.get(CONFIG)["filter_types"]) == ("Ours", ["image"])


@pytest.mark.feature("api.lists.config-extra")
@pytest.mark.parametrize("name", sorted(EXTRA))
def test_what_mailman_hides_is_read_and_written_by_name(api: Api, name: str) -> None:
    assert name not in api.get(CONFIG)
    before = api.get(f"{CONFIG}/{name}")[name]

    for path in (CONFIG, f"{CONFIG}/{name}"):
        assert api.call("PATCH", path, json_body={name: EXTRA[name]}).status_code == 204
        assert api.get(f"{CONFIG}/{name}")[name] == EXTRA[name] != before
        assert api.call("PUT", f"{CONFIG}/{name}", json_body={name: before}).status_code == 204
        assert api.get(f"{CONFIG}/{name}")[name] == before


@pytest.mark.feature("api.lists.config-extra")
def test_a_put_of_mailmans_settings_leaves_what_it_does_not_know(api: Api) -> None:
    api.call("PATCH", CONFIG, json_body=EXTRA)
    assert api.put(CONFIG, **formed(wanted(api))).status_code == 204
    assert api.call("PUT", CONFIG, json_body=wanted(api)).status_code == 204

    assert {name: api.get(f"{CONFIG}/{name}")[name] for name in EXTRA} == EXTRA


def wanted(api: Api) -> dict[str, Any]:
    """All that Mailman's API writes, as it reads."""
    return {name: value for name, value in api.get(CONFIG).items() if name in WRITABLE}


def test_topics_in_a_form(api: Api, mlist: MailingList) -> None:
    form = '{"name": "releases", "pattern": "^release", "description": "New versions."}'
    assert api.patch(CONFIG, topics=form).status_code == 204
    assert MailingList.objects.get().topics == [TOPIC]
    assert api.patch(CONFIG, topics="").status_code == 204
    assert MailingList.objects.get().topics == []
    assert api.error("PATCH", CONFIG, {"topics": "{" * 100_000})[0] == 400


@pytest.mark.feature("core.setting.moderator-password")
def test_the_password_works_and_tells_nothing(api: Api) -> None:
    def approved(password: str) -> Approval:
        letter = b"From: anne@example.com\r\nApproved: " + password.encode() + b"\r\n\r\nHello\r\n"
        return approval(parse(letter), MailingList.objects.get())

    assert approved("sesame") is Approval.WRONG
    shown = set()
    for password in ("poppy", "sesame"):
        assert api.patch(CONFIG, moderator_password=password).status_code == 204
        shown.add(api.get(CONFIG)["moderator_password"])
        assert approved(password) is Approval.RIGHT
    assert shown == {"(unchanged)"}
    stored = MailingList.objects.get().moderator_password
    assert "sesame" not in stored

    assert api.call("PUT", CONFIG, json_body=wanted(api)).status_code == 204
    assert api.put(CONFIG, **formed(wanted(api))).status_code == 204
    assert api.put(f"{CONFIG}/moderator_password", moderator_password="(unchanged)").status_code == 204
    assert MailingList.objects.get().moderator_password == stored
    assert (approved("sesame"), approved("poppy")) == (Approval.RIGHT, Approval.WRONG)

    for nothing in ("", "None"):
        api.patch(CONFIG, moderator_password="sesame")
        assert api.patch(CONFIG, moderator_password=nothing).status_code == 204
        assert api.get(f"{CONFIG}/moderator_password")["moderator_password"] is None
        assert approved("sesame") is Approval.WRONG


@pytest.mark.feature("api.conventions.transactions")
def test_the_third_of_three_being_wrong_none_is_changed(api: Api) -> None:
    before = api.get(CONFIG)
    three = {"info": "New", "archive_policy": "never", "max_message_size": "-1"}
    assert api.error("PATCH", CONFIG, three)[0] == 400
    assert api.get(CONFIG) == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("api.conventions.transactions")
def test_two_changes_at_once_both_take_effect(api: Api) -> None:
    changes = {
        "info": "New",
        "max_message_size": 7,
        "archive_policy": "never",
        "acceptable_aliases": ["dev@example.com"],
    }

    answers = at_once(*[partial(Api().patch, CONFIG, **{name: value}) for name, value in changes.items()])

    assert [answer.status_code for answer in answers] == [204] * 4
    after = api.get(CONFIG)
    assert {name: after[name] for name in changes} == changes


def test_one_query_beside_that_of_the_brake_reads_them_all(
    api: Api, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        api.get(CONFIG)
    with django_assert_num_queries(2):
        api.get(f"{CONFIG}/archivers")


def test_each_setting_of_ours_has_a_reader_too(api: Api) -> None:
    for name, setting in SETTINGS.items():
        value = api.get(f"{CONFIG}/{name}")[name]
        if not setting.read_only:
            assert api.call("PUT", f"{CONFIG}/{name}", json_body={name: value}).status_code == 204
    assert api.get(f"{CONFIG}/probation_posts")["probation_posts"] == 0


@pytest.mark.feature("api.lists.config")
def test_as_mailmanclient_does_it(client: Client) -> None:
    make_list("tea")
    settings = client.get_list("tea@example.org").settings

    settings["acceptable_aliases"] = ["tea@example.com"]
    settings["subscription_policy"] = "moderate"
    settings["send_welcome_message"] = False
    settings.save()

    again = client.get_list("tea.example.org").settings
    assert again["acceptable_aliases"] == ["tea@example.com"]
    assert (again["subscription_policy"], again["send_welcome_message"]) == ("moderate", False)
    again["acceptable_aliases"] = ""
    again.save()
    assert client.get_list("tea.example.org").settings["acceptable_aliases"] == []


URIS_OF_3_0 = {
    "digest_footer_uri": "list:member:digest:footer",
    "digest_header_uri": "list:member:digest:header",
    "footer_uri": "list:member:regular:footer",
    "goodbye_message_uri": "list:user:notice:goodbye",
    "header_uri": "list:member:regular:header",
    "welcome_message_uri": "list:user:notice:welcome",
}


def test_in_3_0_some_uris_of_texts_are_settings(api: Api) -> None:
    old = Api("3.0")
    assert {name for name in old.get(CONFIG) if name not in api.get(CONFIG)} == set(URIS_OF_3_0)
    for number, (name, text) in enumerate(URIS_OF_3_0.items()):
        uri = f"http://192.0.2.1/{number}"
        assert old.patch(CONFIG, **{name: uri}).status_code == 204
        assert (old.get(CONFIG)[name], old.get(f"{CONFIG}/{name}")[name]) == (uri, uri)
        assert api.get(f"lists/dev.example.org/uris/{text}")["uri"] == uri
        assert api.error("GET", f"{CONFIG}/{name}") == (404, f"Unknown attribute: {name}")
        assert api.error("PATCH", CONFIG, {name: uri}) == (400, f"Unknown attribute: {name}")
    assert old.call("PUT", CONFIG, json_body=wanted(api)).status_code == 204
    assert old.call("PUT", CONFIG, json_body={**wanted(api), "footer_uri": ""}).status_code == 204
    assert old.put(f"{CONFIG}/header_uri", header_uri="").status_code == 204
    assert old.error("DELETE", f"{CONFIG}/footer_uri") == (400, "Attribute cannot be DELETEd: footer_uri")
    assert [old.get(CONFIG)[name][-1:] for name in URIS_OF_3_0] == ["0", "1", "", "3", "", "5"]


def test_of_settings_and_uris_all_are_changed_or_none(api: Api, mlist: MailingList) -> None:
    old = Api("3.0")
    assert old.error("PATCH", CONFIG, {"info": "New", "footer_uri": "ftp://192.0.2.1/"})[0] == 400
    assert old.error("PATCH", CONFIG, {"max_message_size": "-1", "footer_uri": "http://192.0.2.1/"})[0] == 400
    assert (old.get(CONFIG)["info"], old.get(CONFIG)["footer_uri"]) == ("", "")


def test_a_footer_that_was_set_by_3_0_stands_in_mails(client: Client, live_server: LiveServer) -> None:
    with WebServer() as server:
        server.pages["/dev.example.org"] = (200, b"Our footer\n")
        settings = Client(f"{live_server.url}/api/3.0", USER, PASSWORD).get_list("dev@example.org").settings
        settings["footer_uri"] = server.url + "/$list_id"
        settings.save()
    assert notices.render("list:member:regular:footer", MailingList.objects.get())[1] == "Our footer\n"
