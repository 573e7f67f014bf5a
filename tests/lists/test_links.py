"""Unsubscribe links: worth something for one membership of one list only."""

import dataclasses

import pytest
from django.conf import settings as site
from hypothesis import given
from hypothesis import strategies as some
from pytest_django import Settings

from lists.links import read_unsubscribe_token, unsubscribe_token, unsubscribe_url

DEV = "dev.example.org"


@given(number=some.integers(0, 2**63 - 1))
def test_a_token_names_its_membership(number: int) -> None:
    assert read_unsubscribe_token(unsubscribe_token(number, DEV), DEV) == number


@pytest.mark.parametrize("position", range(32))
def test_a_token_changed_anywhere_is_worth_nothing(position: int) -> None:
    token = unsubscribe_token(4711, DEV)
    other = "B" if token[position] == "A" else "A"

    assert read_unsubscribe_token(token[:position] + other + token[position + 1 :], DEV) is None


@pytest.mark.parametrize("token", ["", "A", "A" * 31, "A" * 32, "A" * 33, "A" * 36, "ä" * 32, "A" * 10_000, "../x"])
def test_what_is_no_token_is_worth_nothing(token: str) -> None:
    assert read_unsubscribe_token(token, DEV) is None


def test_a_token_is_worth_nothing_on_another_list() -> None:
    assert read_unsubscribe_token(unsubscribe_token(4711, DEV), "test.example.org") is None


def test_links_outlive_one_rotation_of_the_key(settings: Settings) -> None:
    token = unsubscribe_token(4711, DEV)

    settings.KEY_RING = site.KEY_RING.rotated("link")
    assert read_unsubscribe_token(token, DEV) == 4711
    assert unsubscribe_token(4711, DEV) != token

    settings.KEY_RING = settings.KEY_RING.rotated("link")
    assert read_unsubscribe_token(token, DEV) is None


def test_keys_of_other_purposes_make_no_links(settings: Settings) -> None:
    ring = site.KEY_RING
    settings.KEY_RING = dataclasses.replace(ring, keys=ring.keys | {"link": ring.keys["verp"]})
    token = unsubscribe_token(4711, DEV)
    settings.KEY_RING = ring

    assert read_unsubscribe_token(token, DEV) is None


def test_the_link_stands_on_the_domains_own_web_site_where_it_has_one() -> None:
    token = unsubscribe_token(4711, DEV)

    assert unsubscribe_url(4711, DEV) == f"http://127.0.0.1:8000/lists/dev.example.org/unsubscribe/{token}/"
    assert (
        unsubscribe_url(4711, DEV, "https://lists.example.org/")
        == f"https://lists.example.org/lists/dev.example.org/unsubscribe/{token}/"
    )
