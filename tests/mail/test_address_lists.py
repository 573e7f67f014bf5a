"""Entries of address fields, cut out without touching their neighbours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail import address_lists, addresses
from suite.mail.headers import HeaderBlock

BART = {"bart@example.com"}


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (b"bart@example.com", b""),
        (b"BART@Example.com", b""),
        (b"Bart <bart@example.com>, anne@example.com", b"anne@example.com"),
        (b"anne@example.com,bart@example.com,cris@example.com", b"anne@example.com, cris@example.com"),
        (
            b'"Simpson, Bart" <bart@example.com>, "Doe, \\"A\\"" <anne@example.com>',
            b'"Doe, \\"A\\"" <anne@example.com>',
        ),
        (b"=?utf-8?q?Z=C3=B6e?= <zoe@example.com>, bart@example.com", b"=?utf-8?q?Z=C3=B6e?= <zoe@example.com>"),
        (b"anne@example.com (Anne, the (first)), bart@example.com", b"anne@example.com (Anne, the (first))"),
        (b"not an address, bart@example.com, <>", b"not an address, <>"),
        (b"Z\xf6e <zoe@example.com>, bart@example.com", b"Z\xf6e <zoe@example.com>"),
        (
            b"friends: bart@example.com, Anne <anne@example.com>;, cris@example.com",
            b"Anne <anne@example.com>, cris@example.com",
        ),
        (b"anne@example.com,\r\n\tbart@example.com,\r\n cris@example.com", b"anne@example.com, cris@example.com"),
    ],
)
def test_without_keeps_the_other_entries_as_written(value: bytes, left: bytes) -> None:
    assert address_lists.without(value, BART) == left


def test_a_long_list_gets_a_line_for_each_entry() -> None:
    entries = [f"Somebody with a Name <somebody{number}@example.com>".encode() for number in range(3)]

    assert address_lists.without(b",".join([*entries, b"bart@example.com"]), BART) == b",\r\n ".join(entries)


@given(st.binary(max_size=60))
def test_without_never_raises_and_never_leaves_the_unwanted_alone(value: bytes) -> None:
    assert address_lists.without(value + b", bart@example.com", BART).strip() != b"bart@example.com"


@given(st.lists(st.sampled_from(["anne", "bart", "cris", "dora"]), min_size=1))
def test_exactly_the_unwanted_are_gone(names: list[str]) -> None:
    value = ", ".join(f"{name.capitalize()} <{name}@example.com>" for name in names).encode()

    left = addresses.parse_mailboxes(address_lists.without(value, BART))

    assert [mailbox.address for mailbox in left] == [f"{name}@example.com" for name in names if name != "bart"]


def test_mailboxes_that_no_field_can_hold_are_left_out() -> None:
    mailboxes = [
        addresses.Mailbox("Zoë", "zoe@example.com"),
        addresses.Mailbox("", "x" * 5000 + "@example.com"),
        addresses.Mailbox("", '"a\x01b"@example.com'),
        addresses.Mailbox("a\nb", "b@example.com"),
    ]

    assert address_lists.written(mailboxes) == ["=?utf-8?q?Zo=C3=AB?= <zoe@example.com>"]


@pytest.mark.parametrize("value", [b"\0, bart@example.com, c@example.com", b"(a\rb) c@example.com\0, bart@example.com"])
def test_what_no_field_can_hold_is_left_out(value: bytes) -> None:
    kept = address_lists.without(value, BART)

    assert b"c@example.com" in kept
    HeaderBlock.parse(b"").replace_raw("Cc", kept)
