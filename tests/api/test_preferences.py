"""Preferences of members, addresses, users and the site."""

from typing import Any

import pytest
from mailmanclient import Client

from accounts.models import PREFERENCES, User
from accounts.services.preferences import set_preferences
from lists.models import MailingList
from tests.support.api import Api
from tests.support.factories import make_list, make_member, make_user

pytestmark = pytest.mark.django_db

DORA = "dora@example.com"
ALL = {
    "acknowledge_posts": True,
    "delivery_mode": "mime_digests",
    "delivery_status": "by_user",
    "hide_address": False,
    "preferred_language": "de",
    "receive_list_copy": False,
    "receive_own_postings": False,
}
BOOLEANS = [name for name, value in ALL.items() if isinstance(value, bool)]


@pytest.fixture(params=["member", "address", "user"])
def path(request: pytest.FixtureRequest, dev: MailingList, dora: User) -> str:
    """Whose preferences; Dora is a member by her address."""
    member = make_member(dev, DORA)
    return {
        "member": f"members/{member.member_id.hex}/preferences",
        "address": f"addresses/{DORA}/preferences",
        "user": f"users/{dora.pk.hex}/preferences",
    }[str(request.param)]


def known(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in ("http_etag", "self_link")}


@pytest.mark.feature("api.members.preferences")
def test_set_and_unset(api: Api, path: str) -> None:
    assert api.get(path).keys() == {"http_etag", "self_link"}

    assert api.put(path, **ALL).status_code == 204
    assert known(api.get(path)) == ALL
    assert api.get(api.get(path)["self_link"]) == api.get(path)

    assert (
        api.patch(path, delivery_mode="plaintext_digests", receive_list_copy="yes", hide_address="").status_code == 204
    )
    kept = {name: value for name, value in ALL.items() if name != "hide_address"}
    assert known(api.get(path)) == kept | {"delivery_mode": "plaintext_digests", "receive_list_copy": True}

    assert api.delete(path).status_code == 204
    assert api.get(path).keys() == {"http_etag", "self_link"}


@pytest.mark.feature("api.members.preferences")
@pytest.mark.parametrize("name", PREFERENCES)
def test_each_alone(api: Api, path: str, name: str) -> None:
    assert api.call("PATCH", path, json_body={name: ALL[name]}).status_code == 204
    assert known(api.get(path)) == {name: ALL[name]}
    assert api.call("PATCH", path, json_body={name: None}).status_code == 204
    assert known(api.get(path)) == {}


@pytest.mark.feature("api.members.preferences")
@pytest.mark.parametrize(
    ("verb", "form", "description"),
    [
        ("PUT", {"hide_address": True}, f"Missing Parameter: {', '.join(sorted(set(ALL) - {'hide_address'}))}"),
        ("PATCH", {"shoe_size": "39"}, "Unexpected parameters: shoe_size"),
        ("PATCH", {"preferred_language": "tlh"}, 'Invalid Parameter "preferred_language": No such language: tlh.'),
        ("PATCH", {"delivery_status": "asleep"}, None),
        *(
            ("PATCH", {name: "maybe"}, f'Invalid Parameter "{name}": Invalid boolean value: maybe.')
            for name in BOOLEANS
        ),
    ],
)
def test_what_cannot_be(api: Api, path: str, verb: str, form: dict[str, Any], description: str | None) -> None:
    status, said = api.error(verb, path, {"delivery_mode": "mime_digests", **form} if verb == "PATCH" else form)
    assert status == 400
    assert description is None or said.replace("delivery_mode, ", "") == description.replace("delivery_mode, ", "")
    assert known(api.get(path)) == {}


@pytest.mark.feature("api.members.preferences")
def test_what_holds_in_the_end(api: Api, dev: MailingList, dora: User) -> None:
    """The member's own word, else the address's, the user's, the site's; all seven, hide_address among them."""
    member = make_member(dev, DORA)
    path = f"members/{member.member_id.hex}/all/preferences"
    defaults = {
        "acknowledge_posts": False,
        "delivery_mode": "regular",
        "delivery_status": "enabled",
        "hide_address": True,
        "preferred_language": "en",
        "receive_list_copy": True,
        "receive_own_postings": True,
    }
    assert known(api.get(path)) == defaults == known(api.get("system/preferences"))

    set_preferences(dora, acknowledge_posts=True, delivery_mode=2, hide_address=False)
    set_preferences(dora.addresses.get(), delivery_mode=3)
    api.patch(f"members/{member.member_id.hex}/preferences", preferred_language="fr")

    changed = {
        "acknowledge_posts": True,
        "delivery_mode": "mime_digests",
        "hide_address": False,
        "preferred_language": "fr",
    }
    assert known(api.get(path)) == defaults | changed
    assert api.get(f"members/{member.member_id.hex}")["delivery_mode"] == "mime_digests"
    assert {api.call(verb, path).status_code for verb in ("PUT", "PATCH", "DELETE", "POST")} == {405}


def test_the_sites_are_read_only(api: Api) -> None:
    assert api.get("system/preferences")["self_link"] == "http://127.0.0.1:8000/api/3.1/system/preferences"
    assert {api.call(verb, "system/preferences").status_code for verb in ("PUT", "PATCH", "DELETE")} == {405}


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("api.members.preferences")
def test_mailmanclient_sets_preferences(client: Client) -> None:
    dora = make_user("Dora")
    make_member(make_list("dev"), dora)
    mlist = client.get_list("dev.example.org")

    for owner in (mlist.get_member(DORA), client.get_user(DORA), client.get_address(DORA)):
        assert dict(owner.preferences) == {}
        owner.preferences["delivery_mode"] = "summary_digests"
        owner.preferences["hide_address"] = True
        owner.preferences.save()
        assert dict(owner.preferences) == {"delivery_mode": "summary_digests", "hide_address": True}
        owner.preferences.delete()
    assert mlist.get_member(DORA).delivery_mode == "regular"
    assert client.preferences["delivery_mode"] == "regular"
