"""Sign-up, sign-in and sign-out in the browser."""

import re

import pytest
from django.core.mail import EmailMessage
from django.test import Client

from accounts.models import Address, User
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "a good long pass phrase"


@pytest.fixture
def bea(db: None) -> User:
    user = make_user("Bea")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(
    client: Client, email: str = "bea@example.com", password: str = PASSWORD, next: str = ""
) -> tuple[int, str]:
    answer = client.post("/accounts/login/", {"login": email, "password": password, "next": next})
    return answer.status_code, answer.headers.get("Location", "")


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_signing_up_takes_a_button_behind_the_link_in_the_mail(client: Client, mailoutbox: list[EmailMessage]) -> None:
    fields = {"email": "bea@example.com", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", fields)
    [mail] = mailoutbox
    [link] = re.findall(r"http://testserver(/accounts/confirm-email/\S+)", str(mail.body))

    assert sign_in(client)[1] == "/accounts/confirm-email/"
    assert client.get(link).status_code == 200
    assert not Address.objects.get().verified  # SEC-051: mail scanners open links
    client.post(link)
    assert Address.objects.get().verified
    assert sign_in(client) == (302, "/")


def test_signing_in_leads_back(bea: User, client: Client) -> None:
    assert sign_in(client, next="/lists/dev.example.org/") == (302, "/lists/dev.example.org/")
    assert signed_in(client)


@pytest.mark.parametrize(
    "next",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\r\nSet-Cookie: a=b",
        "\x00//evil.example",
    ],
)
def test_nobody_is_led_to_other_sites(bea: User, client: Client, next: str) -> None:
    """SEC-032."""
    status, location = sign_in(client, next=next)

    assert status == 302
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert "\r" not in location


def test_a_wrong_password_is_told_without_saying_who_is_known(bea: User, client: Client) -> None:
    pages = []
    for email in ("bea@example.com", "nobody@example.com"):
        answer = client.post("/accounts/login/", {"login": email, "password": "wrong"})
        pages.append((answer.status_code, re.findall(r'class="errorlist[^>]*>(.*?)</ul>', answer.content.decode())))

    assert pages[0] == pages[1]
    assert pages[0][1] != []
    assert not signed_in(client)


def test_signing_out_takes_a_post(bea: User, client: Client) -> None:
    sign_in(client)

    client.get("/accounts/logout/")
    assert signed_in(client)
    client.post("/accounts/logout/")
    assert not signed_in(client)


def test_a_page_for_one_person_is_kept_by_no_cache(bea: User, client: Client) -> None:
    outside = client.get("/")["Cache-Control"]
    sign_in(client)

    assert (outside, client.get("/")["Cache-Control"]) == ("no-cache", "private, no-store")


def test_the_menu_knows_who_is_there(bea: User, client: Client) -> None:
    assert "Sign in" in client.get("/").content.decode()
    sign_in(client)

    page = client.get("/").content.decode()

    assert "Bea" in page
    assert 'action="/accounts/logout/"' in page
    assert "/admin/" not in page
