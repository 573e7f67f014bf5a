"""What outsiders see of mail addresses."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from suite.mail.masking import mask, mask_octets


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to bart@example.com.", "Write to bart@…"),
        ("<bart@example.com>", "<bart@…>"),
        ("mailto:bart%40example.com?subject=x", "mailto:bart%40…?subject=x"),
        ("bart@[192.0.2.1] is odd", "bart@… is odd"),
        ("bärt@exämple.org", "bärt@…"),
        ("bart＠example.com", "bart＠…"),
        ('"bart b"@example.com', '"bart b"@…'),
        ("a@b.example@c.example", "a@…@…"),
        ("Meet @bart at 5 @ noon", "Meet @bart at 5 @ noon"),
        ("https://social.example/@bart", "https://social.example/@bart"),
    ],
)
def test_domains_go(text: str, masked: str) -> None:
    assert mask(text) == masked


LOCAL = some.text("abcxyz0123456789.-_+'!#$%&*=?^`{|}~", min_size=1, max_size=20)
DOMAIN = some.from_regex(r"[a-z0-9ü][-a-z0-9ü]{0,20}(\.[a-z]{2,5}){1,3}", fullmatch=True)


@given(before=some.text(max_size=30), local=LOCAL, domain=DOMAIN, after=some.text(" .,;>)]\n", max_size=5))
def test_no_address_stays_whole(before: str, local: str, domain: str, after: str) -> None:
    address = f"{local}@{domain}"

    assert address not in mask(f"{before}{address}{after}")


def test_octets_of_any_charset_that_extends_ascii() -> None:
    assert mask_octets(b"From: Bart <bart@example.com>\n\xe4@\xf6.example") == b"From: Bart <bart@...>\n\xe4@..."


def test_what_is_masked_is_no_address_any_more() -> None:
    masked = mask("bart@example.com, cris@lists.example.org; <dora@example.com>")

    assert re.findall(r"[\w.]+@\w[\w.]*", masked) == []
