"""One-click unsubscribe (RFC 8058): POST leaves at once, GET shows a button; LH-10, LH-11, LH-12."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from archives.enums import Role
from archives.services import intake
from lists.enums import MemberRole
from lists.links import unsubscribe_token, unsubscribe_url
from lists.models import MailingList, Membership
from suite.common.models import Event
from tests.support.factories import make_list, make_member
from tests.support.pages import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def membership(dev: MailingList) -> Membership:
    return make_member(dev, "bart@example.com")


def link(membership: Membership) -> str:
    """The path of the membership's link, as mail has it."""
    return unsubscribe_url(membership.pk, membership.mlist.list_id, "http://testserver").removeprefix(
        "http://testserver"
    )


def strict() -> Client:
    """A client without cookies, that CSRF protection would stop."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b"", "application/x-www-form-urlencoded"),
        (b"\xff" * 100, "multipart/form-data"),
    ],
)
def test_post_leaves_at_once_whatever_its_encoding(membership: Membership, body: bytes, content_type: str) -> None:
    answer = strict().post(link(membership), body, content_type=content_type)

    assert answer.status_code == 200
    assert not Membership.objects.exists()
    assert "Location" not in answer
    assert "You have left Dev" in answer.content.decode()


def test_a_second_post_does_no_harm(membership: Membership) -> None:
    url = link(membership)
    first, second = strict().post(url), strict().post(url)

    assert (first.status_code, second.status_code) == (200, 200)
    assert Event.objects.filter(kind="member.removed").count() == 1


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(membership: Membership, method: str) -> None:
    before = everything()

    answers = {getattr(strict(), method)(link(membership)).status_code for _ in range(100)}

    assert answers == {200}
    assert everything() == before


def test_the_page_names_list_and_address_and_has_one_button(membership: Membership, client: Client) -> None:
    page = client.get(link(membership)).content.decode()

    assert "Leave Dev?" in page
    assert "bart@example.com" in page
    assert page.count('<form method="post"') == 1


@pytest.mark.parametrize(
    ("served", "words"),
    [([Role.POST], "The people who run this site can bring you back."), (list(Role), "mailto:dev-join@example.org")],
)
def test_afterwards_the_page_says_how_to_come_back(
    membership: Membership, client: Client, monkeypatch: pytest.MonkeyPatch, served: list[Role], words: str
) -> None:
    monkeypatch.setattr(intake, "SERVED_ROLES", served)
    url = link(membership)
    client.post(url)

    page = client.get(url)

    assert page.status_code == 200
    assert words in page.content.decode()
    assert "bart@example.com" not in page.content.decode()


def test_a_link_is_worth_nothing_elsewhere(membership: Membership) -> None:
    """Not on another list, not for another member, not with anything changed."""
    cooks = make_list("cooks")
    for mlist in (cooks, membership.mlist):
        make_member(mlist, "anne@example.com")
    before = everything()
    token = unsubscribe_token(membership.pk, "dev.example.org")
    forged = [
        f"/lists/cooks.example.org/unsubscribe/{token}/",
        f"/lists/dev.example.org/unsubscribe/{unsubscribe_token(membership.pk, 'cooks.example.org')}/",
        f"/lists/dev.example.org/unsubscribe/{token[:-1]}/",
        f"/lists/dev.example.org/unsubscribe/{token.swapcase()}/",
        "/lists/dev.example.org/unsubscribe/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/",
        f"/lists/nowhere.example.org/unsubscribe/{token}/",
    ]

    answers = [strict().post(url).status_code for url in forged]

    assert answers == [404] * 6
    assert everything() == before


@pytest.mark.parametrize("role", [MemberRole.OWNER, MemberRole.MODERATOR])
def test_roles_are_not_left_by_a_link(dev: MailingList, role: MemberRole) -> None:
    row = make_member(dev, "anne@example.com", role)

    strict().post(link(row))

    assert list(Membership.objects.all()) == [row]


def test_a_session_makes_no_difference(membership: Membership, dora: User, client: Client) -> None:
    """Whoever's browser it is: the link decides who leaves."""
    row = make_member(membership.mlist, dora.preferred_address)
    client.force_login(dora)

    client.post(link(membership))

    assert list(Membership.objects.all()) == [row]


def test_the_token_goes_nowhere_else(membership: Membership, client: Client) -> None:
    answer = client.get(link(membership))

    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    assert 'name="robots" content="noindex"' in answer.content.decode()


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options"])
def test_other_methods_are_refused(membership: Membership, method: str) -> None:
    assert getattr(strict(), method)(link(membership)).status_code == 405


def test_queries(membership: Membership, client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):  # list, membership with its address
        client.get(link(membership))
