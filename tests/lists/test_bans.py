"""Bans: exact or pattern, on a list or everywhere."""

import pytest
from pytest_django import DjangoAssertNumQueries

from lists.errors import InvalidPattern
from lists.models import Ban, MailingList
from lists.services.bans import Bans, ban, is_banned, unban
from suite.common.models import Event
from tests.support.factories import make_list

pytestmark = pytest.mark.django_db


@pytest.mark.feature("core.ban.match")
@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("entry", ["Eve@Spam.example", r"^.*@spam\.example$", r"^EVE@"])
def test_bans_match_in_any_letter_case(dev: MailingList, entry: str, everywhere: bool) -> None:
    ban(entry, None if everywhere else dev)
    other = make_list("other")
    bans, elsewhere = Bans.load(dev), Bans.load(other)

    for email in ("eve@spam.example", "EVE@SPAM.example"):
        assert bans.matches(email)
        assert is_banned([email], dev)
        assert elsewhere.matches(email) == is_banned([email], other) == everywhere
        assert Bans.load(None).matches(email) == is_banned([email], None) == everywhere
    assert not bans.matches("dora@example.com")
    assert not is_banned(["dora@example.com"], dev)
    assert is_banned(["dora@example.com", "eve@spam.example"], dev)


@pytest.mark.feature("core.ban.match")
@pytest.mark.parametrize("entry", ["^(", "^(?=a)b", "nobody", "", "^" + "a" * 500, "spam.example", r".*@spam\.example"])
def test_what_is_neither_address_nor_pattern_is_refused(dev: MailingList, entry: str) -> None:
    with pytest.raises(InvalidPattern):
        ban(entry, dev)
    assert not Ban.objects.exists()


def test_a_pattern_may_match_a_part_that_begins_the_address(dev: MailingList) -> None:
    ban("^spam", dev)

    assert Bans.load(dev).matches("spammer@example.com")
    assert not Bans.load(dev).matches("no-spam@example.com")


def test_a_pattern_that_stalls_others_is_decided(dev: MailingList) -> None:
    ban("^(a+)+$", dev)

    assert not Bans.load(dev).matches("a" * 60 + "!@example.com")


def test_banning_and_unbanning_twice_change_nothing(dev: MailingList) -> None:
    first = ban("Eve@spam.example", dev, actor="anne@example.com")

    assert ban("eve@SPAM.example", dev) == first
    assert unban("EVE@spam.example", dev)
    assert not unban("eve@spam.example", dev)
    kinds = Event.objects.filter(kind__startswith="ban.").values_list("kind", "actor").order_by("id")
    assert list(kinds) == [("ban.added", "anne@example.com"), ("ban.removed", "")]


def test_a_ban_everywhere_and_one_on_a_list_are_two(dev: MailingList) -> None:
    ban("eve@spam.example")
    ban("eve@spam.example", dev)
    ban("eve@spam.example")

    assert Ban.objects.count() == 2
    unban("eve@spam.example", dev)
    assert is_banned(["eve@spam.example"], dev)


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow_with_the_bans(
    dev: MailingList, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        ban(f"eve{number}@spam.example", dev)
        ban(rf"^.*@spam{number}\.example$")

    with django_assert_num_queries(1):
        bans = Bans.load(dev)
    with django_assert_num_queries(0):
        assert bans.matches("x@spam0.example")
        assert not bans.matches("dora@example.com")
    with django_assert_num_queries(2):
        assert not is_banned(["dora@example.com", "bart@example.com"], dev)
