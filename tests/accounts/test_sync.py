"""allauth's rows and ours, in step both ways: over its own pages, and through our services."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Address, User
from accounts.services.addresses import add_address, delete_address, set_preferred, unlink, unverify, verify
from accounts.services.users import absorb, create_user, delete_user
from lists.access import access_to
from tests.support.factories import make_list, make_member, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def outbox(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def ours() -> set[tuple[Any, ...]]:
    """Every address with a user: user, key, verified, preferred."""
    rows = Address.objects.exclude(user=None).select_related("user")
    return {(row.user_id, row.email, row.verified, row.user.preferred_address_id == row.pk) for row in rows if row.user}


def theirs() -> set[tuple[Any, ...]]:
    return set(EmailAddress.objects.values_list("user_id", "email", "verified", "primary"))


def sign_up(client: Client, email: str) -> None:
    form = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(reverse("account_signup"), form).status_code == 302


def confirm(client: Client) -> None:
    """Follow the link in the last mail."""
    body = mail.outbox[-1].body
    assert isinstance(body, str)
    found = re.search(r"/accounts/confirm-email/\S+", body)
    assert found
    client.post(found.group())


def test_who_signs_up_has_nothing_until_he_proves_his_address(client: Client) -> None:
    dev = make_list("dev")
    make_member(dev, "Anne@Example.com")

    sign_up(client, "anne@example.com")
    user = User.objects.get()
    assert Address.objects.get().user is None
    assert not access_to(user, dev).belongs

    confirm(client)
    address = Address.objects.get()
    assert (address.user, address.verified, address.original_email) == (user, True, "Anne@Example.com")
    assert access_to(User.objects.get(), dev).belongs
    assert User.objects.get().preferred_address == address
    assert ours() == theirs() == {(user.pk, "anne@example.com", True, True)}


def test_the_spelling_of_a_new_address_is_kept(client: Client) -> None:
    sign_up(client, "Dora.O'Hara@Example.COM")
    confirm(client)

    assert str(User.objects.get().preferred_address) == "Dora.O'Hara@Example.COM"
    client.logout()
    client.post(reverse("account_login"), {"login": "DORA.o'hara@example.com", "password": PASSWORD})
    assert client.session["_auth_user_id"]


@pytest.mark.parametrize(
    ("email", "key"),
    [
        ("anne@Bücher.example", "anne@xn--bcher-kva.example"),
        ("Ännchen@example.com", "ännchen@example.com"),
    ],
)
def test_internationalised_addresses_sign_up_and_in(client: Client, email: str, key: str) -> None:
    sign_up(client, email)
    confirm(client)

    assert (Address.objects.get().email, Address.objects.get().original_email) == (key, email)
    assert ours() == theirs()
    client.logout()
    client.post(reverse("account_login"), {"login": email.upper(), "password": PASSWORD})
    assert client.session["_auth_user_id"]
    client.logout()
    client.post(reverse("account_reset_password"), {"email": email})
    assert mail.outbox[-1].to == [key]


def test_a_second_address_is_added_proved_preferred_and_given_up(client: Client) -> None:
    dora = create_user("dora@example.com", password=PASSWORD, verified=True)
    client.post(reverse("account_login"), {"login": "dora@example.com", "password": PASSWORD})
    page = reverse("account_email")

    client.post(page, {"action_add": "", "email": "Dora@Example.org"})
    assert [address.email for address in dora.addresses.all()] == ["dora@example.com"]

    confirm(client)
    assert ours() == theirs()
    assert str(Address.objects.get(email="dora@example.org", user=dora)) == "Dora@Example.org"

    client.post(page, {"action_primary": "", "email": "dora@example.org"})
    assert str(User.objects.get().preferred_address) == "Dora@Example.org"
    assert ours() == theirs()

    client.post(page, {"action_remove": "", "email": "dora@example.com"})
    assert Address.objects.get(email="dora@example.com").user is None
    assert ours() == theirs() == {(dora.pk, "dora@example.org", True, True)}


def test_what_is_no_address_cannot_sign_up(client: Client) -> None:
    answer = client.post(
        reverse("account_signup"), {"email": "anne@-example.com", "password1": PASSWORD, "password2": PASSWORD}
    )

    assert answer.status_code == 200
    assert not User.objects.exists()


def test_our_services_keep_allauth_in_step() -> None:
    dora = make_user("Dora", "dora@example.com", "dora@example.org")
    assert ours() == theirs()

    second = Address.objects.get(email="dora@example.org")
    third = add_address(dora, "dora@example.net")
    assert ours() == theirs()
    verify(third)
    assert ours() == theirs()
    set_preferred(dora, second)
    assert ours() == theirs()
    unverify(second)
    assert ours() == theirs()
    set_preferred(dora, None)
    assert ours() == theirs()
    unlink(third)
    assert ours() == theirs()
    delete_address(Address.objects.get(pk=second.pk))
    assert ours() == theirs()
    absorb(dora, make_user("Other", "other@example.com", "second@example.com"))
    assert ours() == theirs()
    assert len(theirs()) == 3
    delete_user(dora)
    assert ours() == theirs() == set()
