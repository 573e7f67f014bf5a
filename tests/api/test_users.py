"""/users and /owners: made, read, found, changed, signed in and deleted."""

import hashlib
import time

import pytest
from allauth.core.internal import ratelimit
from mailmanclient import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Address, User
from accounts.services.addresses import add_address
from accounts.services.users import create_user
from lists.models import MailingList, Membership
from tests.support.api import Api
from tests.support.factories import make_list, make_member, make_user

pytestmark = pytest.mark.django_db

DORA = "dora@example.com"
ROOT = "http://127.0.0.1:8000/api/3.1"


@pytest.mark.feature("api.users.crud")
def test_a_user_is_made_and_says_who_he_is(api: Api) -> None:
    made = api.post("users", email="Dora@example.com", display_name="Dora", password="a secret", is_server_owner=False)

    user = User.objects.get()
    assert (made.status_code, made.content, made["Location"]) == (201, b"", f"{ROOT}/users/{user.pk.hex}")
    assert user.check_password("a secret")
    assert not user.addresses.get().verified
    answer = api.get(made["Location"])
    assert answer == api.get("users/dora@example.com") == api.get("users")["entries"][0]
    assert answer.keys() == {
        *("created_on", "display_name", "is_server_owner", "password", "self_link", "user_id", "http_etag"),
    }
    assert (answer["display_name"], answer["is_server_owner"], answer["user_id"]) == ("Dora", False, user.pk.hex)
    assert answer["self_link"] == made["Location"]
    assert Api("3.0").get(f"users/{user.pk.int}")["user_id"] == user.pk.int


@pytest.mark.feature("api.users.crud")
@pytest.mark.parametrize("password", [{}, {"password": ""}, {"password": "None"}], ids=["none", "empty", "None"])
def test_without_name_and_password(api: Api, password: dict[str, str]) -> None:
    """What mailmanclient writes for no password must not become one."""
    answer = api.get(api.post("users", email=DORA, **password)["Location"])

    assert "password" not in answer
    assert "display_name" not in answer
    assert not User.objects.get().has_usable_password()


@pytest.mark.feature("api.users.crud")
def test_an_address_without_user_gets_one(api: Api, dev: MailingList) -> None:
    make_member(dev, DORA)
    assert api.post("users", email=DORA).status_code == 201
    assert api.error("POST", "users", {"email": "DORA@example.com"}) == (400, "User already exists: DORA@example.com")
    assert User.objects.count() == 1


@pytest.mark.feature("api.users.crud")
@pytest.mark.parametrize(
    ("form", "description"),
    [
        ({}, "Missing Parameter: email"),
        ({"email": "nobody"}, "Invalid email address: nobody"),
        ({"email": "d@\0"}, 'Invalid Parameter "email": There is a NUL character in it.'),
        ({"email": DORA, "is_server_owner": "perhaps"}, None),
        ({"email": DORA, "shoe_size": "39"}, "Unexpected parameters: shoe_size"),
    ],
)
def test_users_that_cannot_be(api: Api, form: dict[str, str], description: str | None) -> None:
    status, said = api.error("POST", "users", form)
    assert status == 400
    assert description is None or said == description
    assert not User.objects.exists()


@pytest.mark.feature("api.users.crud")
def test_the_password_is_shown_as_a_value_that_tells_nothing(api: Api, dora: User) -> None:
    shown = []
    for password in ("one", "two", "two"):
        api.patch(f"users/{DORA}", cleartext_password=password)
        shown.append(api.get(f"users/{DORA}")["password"])
    dora.refresh_from_db()

    assert [value[0] for value in shown] == ["$", "$", "$"]
    assert shown[0] != shown[1]
    assert api.get(f"users/{DORA}")["password"] == shown[2]
    # Who has the database as well, salt and hash and all, cannot tell either whether a guess is right.
    salt = dora.password.split("$")[1]
    hashes = [
        hashlib.new(kind, word.encode()).hexdigest()
        for kind in ("md5", "sha1", "sha256")
        for word in ("two", f"{salt}two", dora.password)
    ]
    assert dora.password not in shown[2]
    assert not any(digest in shown[2] for digest in hashes)


@pytest.mark.feature("api.users.crud")
def test_changing_a_user(api: Api, dora: User) -> None:
    path = f"users/{dora.pk.hex}"

    assert api.patch(path, display_name="Dörte").status_code == 204
    dora.refresh_from_db()
    assert (dora.display_name, dora.is_superuser) == ("Dörte", False)

    assert api.put(path, display_name="", cleartext_password="new one", is_server_owner=True).status_code == 204
    dora.refresh_from_db()
    assert (dora.display_name, dora.is_superuser, dora.is_staff) == ("", True, True)
    assert dora.check_password("new one")

    api.patch(path, is_server_owner="no")
    dora.refresh_from_db()
    assert (dora.is_superuser, dora.is_staff) == (False, False)
    api.patch(path, cleartext_password="")
    assert "password" not in api.get(path)


@pytest.mark.feature("api.users.crud")
@pytest.mark.parametrize(
    ("verb", "form", "description"),
    [
        ("PUT", {"display_name": "Dora"}, "Missing Parameter: cleartext_password, is_server_owner"),
        ("PATCH", {"shoe_size": "39"}, "Unknown attribute: shoe_size"),
        ("PATCH", {"user_id": "39"}, "Read-only attribute: user_id"),
        (
            "PATCH",
            {"display_name": "D", "is_server_owner": "x"},
            'Invalid Parameter "is_server_owner": Invalid boolean value: x.',
        ),
    ],
)
def test_changes_that_cannot_be(api: Api, dora: User, verb: str, form: dict[str, str], description: str) -> None:
    assert api.error(verb, f"users/{DORA}", form) == (400, description)
    dora.refresh_from_db()
    assert dora.display_name == "Dora"


@pytest.mark.feature("api.users.crud")
def test_a_user_is_deleted_with_all_that_is_his(api: Api, dev: MailingList, dora: User, bart: User) -> None:
    make_member(dev, dora)
    make_member(make_list("cooks"), DORA)

    assert api.delete(f"users/{DORA}").status_code == 204

    assert list(User.objects.all()) == [bart]
    assert [str(address) for address in Address.objects.all()] == ["bart@example.com"]
    assert Membership.objects.count() == 1
    assert api.call("GET", f"users/{dora.pk.hex}").status_code == 404


@pytest.mark.parametrize(
    "word",
    ["x", "f" * 32, "9" * 5000, "nobody@example.com", "%00@example.com", "%ED%A0%80@x.example", "@" * 3000, "-1"],
)
@pytest.mark.parametrize("below", ["", "/addresses", "/preferred_address", "/preferences", "/login"])
def test_nobody(api: Api, dora: User, word: str, below: str) -> None:
    for verb in ("GET", "POST", "PATCH", "PUT", "DELETE"):
        assert api.call(verb, f"users/{word}{below}").status_code in (404, 405)


@pytest.mark.feature("api.users.find")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("DOR", ["Dora", "Theodor"]),
        ("dora@", ["Dora"]),
        ("EXAMPLE.com", ["Bart", "Dora", "Theodor"]),
        ("kitchen", ["Bart"]),
        ("example.net", ["Dora"]),
        ("%", []),
        ("_", []),
        ("nobody", []),
        ("a" * 60_000, []),
        ("a\0b", None),
    ],
)
def test_finding_users(api: Api, query: str, found: list[str] | None) -> None:
    make_user("Theodor")
    make_user("Dora", DORA, "dora@example.net", "theodora@example.net")
    add_address(make_user("Bart"), "b@example.org", display_name="Bart of the Kitchen")
    add_address(create_user(display_name="Zoe"), "zoe@example.org", display_name="Z")

    if found is None:
        assert api.call("GET", "users/find?q=a%00b").status_code == 400
        return
    answer = api.get("users/find", q=query)
    assert [entry["display_name"] for entry in answer.get("entries", [])] == found
    assert answer["total_size"] == len(found)


@pytest.mark.feature("api.users.find")
def test_finding_is_paged_and_wants_words(api: Api) -> None:
    for name in ("Anna", "Annette", "Joanna"):
        make_user(name)
    page = api.get("users/find", q="ann", count=2, page=2)
    assert (page["start"], page["total_size"], [entry["display_name"] for entry in page["entries"]]) == (
        2,
        3,
        ["Joanna"],
    )
    assert api.error("GET", "users/find") == (400, "Missing Parameter: q")


@pytest.mark.parametrize("path", ["users", "users/find?q=user", "owners", "users/user0@example.com/addresses"])
@pytest.mark.parametrize("size", [1, 20])
def test_queries(api: Api, path: str, size: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first = make_user("User0", superuser=True)
    for number in range(1, size):
        make_user(f"User{number}", superuser=True)
        add_address(first, f"more{number}@example.com")
    with django_assert_num_queries(4 if path.endswith("addresses") else 3):
        api.get(path)


@pytest.mark.feature("api.owners")
def test_the_sites_owners(api: Api, dora: User) -> None:
    make_user("Root", superuser=True)
    assert [entry["display_name"] for entry in api.get("owners")["entries"]] == ["Root"]


@pytest.mark.feature("api.users.login")
@pytest.mark.parametrize("by", ["id", "address"])
def test_signing_in(api: Api, by: str) -> None:
    user = create_user(DORA, password="right")
    path = f"users/{user.pk.hex if by == 'id' else DORA}/login"

    for _ in range(8):  # who knows it is never kept out
        answer = api.post(path, cleartext_password="right")
        assert (answer.status_code, answer.content) == (204, b"")
    assert api.post(path, cleartext_password="wrong").status_code == 403
    assert api.post(path, cleartext_password="").status_code == 403
    assert api.error("POST", path) == (400, "Missing Parameter: cleartext_password")


@pytest.mark.feature("api.users.login")
def test_guessing_ends(api: Api) -> None:
    user, other = create_user(DORA, password="right"), make_user("Bart", password="right")
    path = f"users/{user.pk.hex}/login"

    guesses = [api.post(path, cleartext_password=f"guess {number}").status_code for number in range(7)]

    assert guesses == [403] * 5 + [429] * 2
    assert api.post(path, cleartext_password="right").status_code == 429
    assert api.post(f"users/{DORA}/login", cleartext_password="right").status_code == 429
    assert api.post(f"users/{other.pk.hex}/login", cleartext_password="right").status_code == 204


@pytest.mark.feature("api.users.login")
def test_the_pause_is_over_some_time(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    user = create_user(DORA, password="right")
    for _ in range(6):
        api.post(f"users/{user.pk.hex}/login", cleartext_password="wrong")
    assert api.post(f"users/{user.pk.hex}/login", cleartext_password="right").status_code == 429

    later = time.time() + 5 * 60
    monkeypatch.setattr(ratelimit.time, "time", lambda: later)

    assert api.post(f"users/{user.pk.hex}/login", cleartext_password="right").status_code == 204


def test_who_has_no_address_or_may_not_come_in(api: Api) -> None:
    nameless, shut = create_user(password="right"), make_user("Shut", password="right")
    User.objects.filter(pk=shut.pk).update(is_active=False)
    assert api.post(f"users/{nameless.pk.hex}/login", cleartext_password="right").status_code == 204
    assert api.post(f"users/{nameless.pk.hex}/login", cleartext_password="wrong").status_code == 403
    assert api.post(f"users/{shut.pk.hex}/login", cleartext_password="right").status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.feature("api.users.crud")
@pytest.mark.feature("api.users.find")
def test_mailmanclient_keeps_users(client: Client) -> None:
    user = client.create_user("dora@example.com", "secret", "Dora")
    client.create_user("bart@example.com", "secret")

    assert {each.display_name for each in client.users} == {"Dora", None}
    assert [len(client.get_user_page(count=1, page=page)) for page in (1, 2, 3)] == [1, 1, 0]
    assert [found.user_id for found in client.find_users("dor")] == [user.user_id]
    assert len(client.find_users_page("example", 1, 2)) == 1
    before = user.password
    user.password, user.display_name, user.is_server_owner = "another", "Dora D.", True
    user.save()
    again = client.get_user("dora@example.com")
    assert (again.display_name, again.is_server_owner, again.user_id) == ("Dora D.", True, user.user_id)
    assert again.password != before
    user.delete()
    assert [each.email for each in client.users[0].addresses] == ["bart@example.com"]
