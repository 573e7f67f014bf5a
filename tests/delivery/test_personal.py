"""What is cut into one recipient's copy."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from delivery import personal
from delivery.draft import Recipient
from lists.links import unsubscribe_url
from lists.models import Domain, MailingList
from tests.delivery.handlers.shaping import make_list, make_user, subscribe

pytestmark = pytest.mark.django_db

MLIST = MailingList(list_name="dev", list_id="dev.example.org", domain=Domain(mail_host="example.org"))
ANNE: Recipient = (7, "Anne@Example.com", "Anne A.")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("to", b'"Anne A." <Anne@Example.com>'),
        ("member", b'"Anne A." <Anne@Example.com>'),
        ("user_email", b"anne@example.com"),
        ("user_delivered_to", b"Anne@Example.com"),
        ("user_name", b"Anne A."),
        ("user_name_or_email", b"Anne A."),
        ("user_language", b"en"),
    ],
)
def test_value(name: str, value: bytes) -> None:
    assert personal.values([name], ANNE, MLIST) == [value]


def test_values_come_in_the_order_asked_for() -> None:
    assert personal.values(["user_name", "to", "user_name"], (1, "b@example.com", "B"), MLIST) == [
        b"B",
        b"B <b@example.com>",
        b"B",
    ]


def test_language_is_the_members_own_choice(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    mlist = make_list()
    anne = subscribe(mlist, make_user("anne@example.com", preferred_language="fr"))
    bart = subscribe(mlist, make_user("bart@example.com", preferred_language="fr"), preferred_language="de")
    cris = subscribe(mlist, "cris@example.com")

    with django_assert_num_queries(3):
        found = [personal.values(["user_language"], (who.pk, "", ""), mlist) for who in (anne, bart, cris)]
    assert found == [[b"fr"], [b"de"], [b"en"]]


def test_only_the_language_asks_the_database(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        personal.values([name for name in personal.NAMES if name != "user_language"], ANNE, MLIST)


def test_member_has_an_own_unsubscribe_address() -> None:
    [url] = personal.values(["unsubscribe_url"], ANNE, MLIST)
    [other] = personal.values(["unsubscribe_url"], (8, "Anne@Example.com", ""), MLIST)

    assert url == unsubscribe_url(7, "dev.example.org").encode()
    assert url != other


def test_who_is_no_member_is_sent_to_the_lists_page(settings: Any) -> None:
    settings.BASE_URL = "https://lists.example.org"

    assert personal.values(["unsubscribe_url"], (None, "dora@example.com", ""), MLIST) == [
        b"https://lists.example.org/lists/dev.example.org/"
    ]


def test_person_without_name_is_called_by_address() -> None:
    assert personal.values(["to", "user_name", "user_name_or_email"], (1, "b@example.com", ""), MLIST) == [
        b"b@example.com",
        b"",
        b"b@example.com",
    ]


def test_name_outside_ascii_is_encoded_in_a_header_and_plain_in_a_text() -> None:
    zoe: Recipient = (1, "zoe@example.com", "Zoë")

    assert personal.values(["to", "user_name"], zoe, MLIST) == [
        b"=?utf-8?q?Zo=C3=AB?= <zoe@example.com>",
        "Zoë".encode(),
    ]


@pytest.mark.parametrize("name", personal.NAMES)
@pytest.mark.parametrize("evil", ["Bart\r\nBcc: dora@example.com", "\r\n.\r\nQUIT", "x\ny", "\x00", "é" * 255])
def test_no_value_ends_a_line_or_is_longer_than_one(name: str, evil: str) -> None:
    [value] = personal.values([name], (1, "b@example.com", evil), MLIST)

    assert not set(value) & set(b"\r\n\0")
    assert len(value) < 900


def test_unknown_name_is_empty() -> None:
    assert personal.values(["gone", "user_name"], ANNE, MLIST) == [b"", b"Anne A."]
