"""From a recipient's address to a list and one of its addresses."""

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from lists.addressing import Destination, is_ours, resolve
from lists.enums import Role
from lists.models import MailingList
from suite.common.errors import UnknownMailbox
from tests.support.factories import make_domain, make_list

pytestmark = pytest.mark.django_db


def read(address: str) -> tuple[str, str, str]:
    found = resolve(address)
    return found.list_id, found.role.value, found.detail


@pytest.mark.parametrize(
    ("local", "role", "detail"),
    [
        ("dev", Role.POST, ""),
        ("Dev", Role.POST, ""),
        ("dev-bounces", Role.BOUNCES, ""),
        ("dev-confirm", Role.CONFIRM, ""),
        ("dev-join", Role.JOIN, ""),
        ("dev-subscribe", Role.JOIN, ""),
        ("dev-leave", Role.LEAVE, ""),
        ("dev-unsubscribe", Role.LEAVE, ""),
        ("dev-owner", Role.OWNER, ""),
        ("DEV-Request", Role.REQUEST, ""),
        ("dev+anything", Role.POST, "anything"),
        ("dev-bounces+ann=example.com", Role.BOUNCES, "ann=example.com"),
        ("dev-bounces+ann+news=example.com", Role.BOUNCES, "ann+news=example.com"),
        ("dev-confirm+1f2E", Role.CONFIRM, "1f2E"),
        ('"dev-owner"', Role.OWNER, ""),
    ],
)
def test_each_address_of_a_list_has_its_role_and_detail(dev: MailingList, local: str, role: Role, detail: str) -> None:
    assert resolve(f"{local}@example.org") == Destination(dev.pk, "dev.example.org", role, detail)


@pytest.mark.parametrize(
    "address",
    [
        "nobody@example.org",
        "dev-nothing@example.org",
        "dev-owner-owner@example.org",
        "dev@example.com",
        "-owner@example.org",
        "+dev@example.org",
        "dev",
        "dev@",
        "@example.org",
        "",
        "dev@[127.0.0.1]",
        "d\x00v@example.org",
        "d\udc80v@example.org",
        "+" * 3_000 + "@example.org",
    ],
)
def test_what_is_no_mailbox_of_a_list_is_unknown(dev: MailingList, address: str) -> None:
    with pytest.raises(UnknownMailbox) as caught:
        resolve(address)
    assert caught.value.smtp_reply == "550 5.1.1 There is no such mailbox here."


def test_a_real_list_wins_over_a_suffix() -> None:
    make_list("foo")
    make_list("foo-request", force=True)

    assert read("foo-request@example.org") == ("foo-request.example.org", "post", "")
    assert read("foo-request-request@example.org") == ("foo-request.example.org", "request", "")
    assert read("foo-request+x@example.org") == ("foo-request.example.org", "post", "x")
    assert read("foo-owner@example.org") == ("foo.example.org", "owner", "")


def test_a_list_name_may_hold_a_plus(settings: Settings) -> None:
    settings.LISTNAME_CHARS = "-_.+0-9a-z"
    make_list("c++")
    make_list("c")

    assert read("c++@example.org") == ("c++.example.org", "post", "")
    assert read("c++-owner@example.org") == ("c++.example.org", "owner", "")
    assert read("c+++x@example.org") == ("c++.example.org", "post", "x")
    assert read("c+x@example.org") == ("c.example.org", "post", "x")


def test_mail_to_an_alias_domain_is_mail_to_the_mail_host() -> None:
    make_domain("example.org", alias_domain="alias.example")
    make_list("dev")

    assert read("dev-owner@ALIAS.example") == ("dev.example.org", "owner", "")


def test_a_mail_host_wins_over_an_alias_of_that_name() -> None:
    make_domain("example.org", alias_domain="lists.example.com")
    make_list("dev@example.org")
    make_list("dev@lists.example.com")

    assert read("dev@lists.example.com") == ("dev.lists.example.com", "post", "")


@pytest.mark.parametrize("count", [1, 30])
def test_one_query_whatever_the_number_of_lists(
    dev: MailingList, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        make_list(f"list{number}")

    with django_assert_num_queries(1):
        resolve("dev-bounces+ann=example.com@example.org")


def test_which_addresses_are_ours(dev: MailingList) -> None:
    assert [is_ours(address) for address in ("dev@example.org", "DEV-owner+x@example.org")] == [True, True]
    assert [is_ours(address) for address in ("tea@example.org", "dev@example.com", "dev", "")] == [False] * 4
