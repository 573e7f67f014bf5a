"""/addresses, and whose they are."""

from typing import Any

import pytest
from mailmanclient import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Address, User
from accounts.services.addresses import add_address, get_or_create_address, verify
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from tests.support.api import Api
from tests.support.factories import make_list, make_member, make_user

pytestmark = pytest.mark.django_db

DORA = "dora@example.com"
ROOT = "http://127.0.0.1:8000/api/3.1"
NEW = "new@example.com"


def emails(answer: dict[str, Any]) -> list[str]:
    return [entry["email"] for entry in answer.get("entries", [])]


@pytest.mark.feature("api.addresses.resource")
def test_an_address_as_json(api: Api, dora: User) -> None:
    get_or_create_address("New@Example.com")
    bare, full = api.get(f"addresses/{NEW}"), api.get("addresses/DORA@example.com")

    assert bare.keys() == {"email", "original_email", "registered_on", "self_link", "http_etag"}
    assert (bare["email"], bare["original_email"]) == (NEW, "New@Example.com")
    assert full.keys() == bare.keys() | {"display_name", "verified_on", "user"}
    assert (full["display_name"], full["user"]) == ("Dora", f"{ROOT}/users/{dora.pk.hex}")
    assert full["self_link"] == f"{ROOT}/addresses/{DORA}"
    verified_at = dora.addresses.get().verified_at
    assert verified_at is not None
    assert full["verified_on"] == verified_at.replace(tzinfo=None).isoformat()


@pytest.mark.feature("api.addresses.resource")
@pytest.mark.parametrize("size", [3, 30])
def test_all_addresses_in_order(api: Api, size: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in reversed(range(size)):
        make_user(f"User{number:02}")
    with django_assert_num_queries(3):
        page = api.get("addresses", count=2, page=1)
    assert (emails(page), page["total_size"]) == (["user00@example.com", "user01@example.com"], size)


@pytest.mark.feature("api.addresses.resource")
def test_naming_and_deleting(api: Api, dev: MailingList, dora: User) -> None:
    make_member(dev, DORA)

    assert api.patch(f"addresses/{DORA}", display_name="Dörte").status_code == 204
    assert api.get(f"addresses/{DORA}")["display_name"] == "Dörte"
    assert api.error("PATCH", f"addresses/{DORA}", {"email": NEW}) == (400, "Read-only attribute: email")
    assert api.error("PATCH", f"addresses/{DORA}", {"x": "y"}) == (400, "Unknown attribute: x")
    assert api.patch(f"addresses/{DORA}", display_name="None").status_code == 204
    assert "display_name" not in api.get(f"addresses/{DORA}")

    assert api.delete(f"addresses/{DORA}").status_code == 204
    assert not Address.objects.exists()
    assert not Membership.objects.exists()
    assert list(User.objects.all()) == [dora]


@pytest.mark.feature("api.addresses.resource")
def test_verifying_wants_no_body(api: Api) -> None:
    get_or_create_address(NEW)
    for _ in range(2):
        assert api.call("POST", f"addresses/{NEW}/verify").status_code == 204
        assert "verified_on" in api.get(f"addresses/{NEW}")
    for _ in range(2):
        assert api.call("POST", f"addresses/{NEW}/unverify").status_code == 204
        assert "verified_on" not in api.get(f"addresses/{NEW}")
    assert api.call("GET", f"addresses/{NEW}/verify").status_code == 405


@pytest.mark.feature("api.addresses.resource")
def test_memberships_of_an_address(
    api: Api, dev: MailingList, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Whatever the role, under the address itself or as the one that its user prefers."""
    add_address(dora, NEW, verified=True)
    make_member(dev, dora)
    for role in (MemberRole.OWNER, MemberRole.MODERATOR):
        make_member(dev, DORA, role)
    make_member(make_list("ants"), DORA, MemberRole.NONMEMBER)
    make_member(make_list("bees"), NEW)

    with django_assert_num_queries(4):
        answer = api.get(f"addresses/{DORA}/memberships")
    found = [(entry["list_id"].partition(".")[0], entry["role"]) for entry in answer["entries"]]
    assert found == [("ants", "nonmember"), ("dev", "owner"), ("dev", "moderator"), ("dev", "member")]
    assert [entry["list_id"] for entry in api.get(f"addresses/{NEW}/memberships", fields="list_id")["entries"]] == [
        "bees.example.org"
    ]
    get_or_create_address("nobody@example.com")
    assert api.get("addresses/nobody@example.com/memberships")["total_size"] == 0


@pytest.mark.parametrize("email", ["x", NEW, "%00@example.com", "%ED%A0%80@x.example", "a" * 5000, "@" * 3000])
@pytest.mark.parametrize("below", ["", "/memberships", "/preferences", "/unverify", "/user", "/verify"])
def test_no_such_address(api: Api, email: str, below: str) -> None:
    for verb in ("GET", "POST", "PATCH", "PUT", "DELETE"):
        assert api.call(verb, f"addresses/{email}{below}").status_code in (404, 405)


@pytest.mark.feature("api.addresses.user")
def test_the_user_of_an_address(api: Api, dora: User) -> None:
    get_or_create_address(NEW)
    assert api.get(f"addresses/{DORA}/user") == api.get(f"users/{dora.pk.hex}")
    assert api.call("GET", f"addresses/{NEW}/user").status_code == 404
    assert api.call("DELETE", f"addresses/{NEW}/user").status_code == 404

    assert api.delete(f"addresses/{DORA}/user").status_code == 204
    assert api.call("GET", f"addresses/{DORA}/user").status_code == 404
    dora.refresh_from_db()
    assert dora.preferred_address is None


@pytest.mark.feature("api.addresses.user")
def test_giving_an_address_to_a_user(api: Api, dora: User) -> None:
    get_or_create_address(NEW)
    path = f"addresses/{NEW}/user"

    assert api.error("POST", path, {"auto_create": "no"})[0] == 403
    assert api.error("POST", path, {"user_id": "f" * 32}) == (400, "No such user")
    assert api.post(path, user_id=dora.pk.hex).status_code == 200
    assert api.get(path)["user_id"] == dora.pk.hex
    assert api.error("POST", path, {"user_id": dora.pk.hex})[0] == 409
    assert api.error("POST", path)[0] == 409


@pytest.mark.feature("api.addresses.user")
def test_a_user_is_made_for_an_address(api: Api) -> None:
    get_or_create_address("New@example.com")
    made = api.post(f"addresses/{NEW}/user", display_name="Newt", password="secret")

    user = User.objects.get()
    assert (made.status_code, made["Location"]) == (201, f"{ROOT}/users/{user.pk.hex}")
    assert (user.display_name, user.check_password("secret"), str(user.addresses.get())) == (
        "Newt",
        True,
        "New@example.com",
    )


@pytest.mark.feature("api.addresses.user")
def test_an_address_changes_hands(api: Api, dora: User) -> None:
    bart = make_user("Bart")

    assert api.error("PUT", f"addresses/{DORA}/user", {"user_id": "f" * 32})[0] == 400
    assert api.get(f"addresses/{DORA}/user")["user_id"] == dora.pk.hex
    assert api.put(f"addresses/{DORA}/user", user_id=bart.pk.hex).status_code == 200
    assert emails(api.get(f"users/{bart.pk.hex}/addresses")) == ["bart@example.com", DORA]
    made = api.put(f"addresses/{DORA}/user", display_name="Third")
    assert made.status_code == 201
    assert emails(api.get(f"{made['Location']}/addresses")) == [DORA]
    assert emails(api.get(f"users/{bart.pk.hex}/addresses")) == ["bart@example.com"]


@pytest.mark.feature("api.users.addresses")
def test_addresses_of_a_user(api: Api, dora: User) -> None:
    path = f"users/{dora.pk.hex}/addresses"

    made = api.post(path, email="New@example.com", display_name="D.")
    assert (made.status_code, made["Location"]) == (201, f"{ROOT}/addresses/{NEW}")
    assert api.get(made["Location"])["display_name"] == "D."
    get_or_create_address("free@example.com")
    assert api.post(path, email="free@example.com").status_code == 201
    assert emails(api.get(f"users/{DORA}/addresses")) == [DORA, "free@example.com", NEW]
    assert emails(api.get(path, count=1, page=2)) == ["free@example.com"]
    assert api.error("POST", path, {"email": "x"}) == (400, "Invalid email address: x")


@pytest.mark.feature("api.users.addresses")
@pytest.mark.feature("api.conventions.values")
@pytest.mark.parametrize("word", [None, "False", "no", "0"])
def test_a_foreign_address_stays_where_it_is(api: Api, dora: User, word: str | None) -> None:
    make_user("Bart")
    form = {"email": "bart@example.com"} | ({"absorb_existing": word} if word else {})
    assert api.error("POST", f"users/{DORA}/addresses", form) == (400, "Address belongs to other user")
    assert User.objects.count() == 2


@pytest.mark.feature("api.users.addresses")
@pytest.mark.parametrize("word", ["1", "True", "yes"])
def test_absorbing_whoever_has_it(api: Api, dev: MailingList, dora: User, word: str) -> None:
    bart = make_user("Bart", "bart@example.com", "bart@example.net")
    make_member(dev, bart)

    assert api.post(f"users/{DORA}/addresses", email="Bart@example.com", absorb_existing=word).status_code == 201

    assert list(User.objects.all()) == [dora]
    assert emails(api.get(f"users/{DORA}/addresses")) == ["bart@example.com", "bart@example.net", DORA]
    assert Membership.objects.get().user == dora


@pytest.mark.feature("api.users.addresses")
def test_the_preferred_address(api: Api, dora: User) -> None:
    path = f"users/{dora.pk.hex}/preferred_address"
    assert api.get(path)["email"] == DORA
    assert api.delete(path).status_code == 204
    assert api.call("GET", path).status_code == 404

    add_address(dora, NEW)
    assert api.error("POST", path, {"email": NEW}) == (400, "This address is not verified yet.")
    assert api.error("POST", path, {"email": "nobody@example.com"}) == (400, "Address is not registered")
    make_user("Bart")
    assert api.error("POST", path, {"email": "bart@example.com"}) == (400, "Address belongs to other user")
    verify(Address.objects.get(email=NEW))
    made = api.post(path, email=NEW)
    assert (made.status_code, made["Location"]) == (201, ROOT + "/" + path)
    assert api.get(path) == api.get(f"addresses/{NEW}")


def test_a_free_verified_address_becomes_his_and_preferred(api: Api, dora: User) -> None:
    verify(get_or_create_address(NEW))
    assert api.post(f"users/{DORA}/preferred_address", email=NEW).status_code == 201
    assert api.get(f"addresses/{NEW}")["user"] == f"{ROOT}/users/{dora.pk.hex}"


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("api.addresses.resource")
@pytest.mark.feature("api.users.addresses")
def test_mailmanclient_knows_addresses(client: Client) -> None:
    user = client.create_user("dora+x@example.com", "secret", "Dora")

    address = user.add_address("dora@example.net")
    assert not address.verified
    address.verify()
    assert client.get_address("dora@example.net").verified
    user.preferred_address = "dora@example.net"
    assert user.preferred_address.email == "dora@example.net"
    address.unverify()
    assert user.preferred_address.email == "dora@example.net"
    assert client.get_user("dora+x@example.com").preferred_address is None
    assert [each.email for each in user.addresses] == ["dora+x@example.com", "dora@example.net"]
    assert address.user.user_id == user.user_id

    other = client.create_user("bart@example.com", "secret")
    other.add_address("dora@example.net", absorb_existing=True)
    assert [each.email for each in other.addresses] == ["bart@example.com", "dora+x@example.com", "dora@example.net"]
    other.addresses.remove("bart@example.com")
    address = client.get_address("dora+x@example.com")
    address.display_name = "D"
    address.save()
    assert [each.display_name for each in other.addresses] == ["D", None]
