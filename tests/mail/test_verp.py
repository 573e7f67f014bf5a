import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail import addresses, verp
from suite.mail.verp import Verp

LOCAL = st.text("abcXYZ019!#$%&'*+-/=?^_`{}~.é", min_size=1, max_size=20)
DOMAIN = st.lists(st.text("abc019-", min_size=1, max_size=8), min_size=1, max_size=3).map(".".join)


@pytest.mark.parametrize(
    ("bounces", "recipient", "expected"),
    [
        ("dev-bounces@example.org", "ann@example.com", "dev-bounces+ann=example.com@example.org"),
        ("dev-bounces@example.org", "a+b=c@example.com", "dev-bounces+a+b=c=example.com@example.org"),
        ("c++-bounces@example.org", "ann@example.com", "c++-bounces+ann=example.com@example.org"),
        ("dev-bounces@example.org", "ann@exämple.com", "dev-bounces+ann=xn--exmple-cua.com@example.org"),
        ("dev-bounces@example.org", '"a b"@example.com', '"dev-bounces+a b=example.com"@example.org'),
    ],
)
def test_encode_and_back(bounces: str, recipient: str, expected: str) -> None:
    assert verp.encode(bounces, recipient) == expected
    decoded = verp.decode(expected)
    assert decoded is not None
    assert decoded.bounces == bounces
    assert addresses.key(decoded.recipient) == addresses.key(recipient)


@given(st.text("abc019-_.", min_size=1, max_size=12), DOMAIN, LOCAL, DOMAIN)
def test_every_recipient_comes_back(list_name: str, host: str, local: str, domain: str) -> None:
    bounces, recipient = f"{list_name}-bounces@{host}", f"{local}@{domain}"
    assert verp.decode(verp.encode(bounces, recipient)) == Verp(bounces, recipient)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "dev-bounces@example.org",
        "dev-bounces+token@example.org",
        "dev-bounces+=example.com@example.org",
        "dev-bounces+ann=@example.org",
        "+ann=example.com@example.org",
        "dev-bounces+ann=example.com",
    ],
)
def test_an_address_without_recipient(address: str) -> None:
    assert verp.decode(address) is None


def test_encode_refuses_what_is_no_address() -> None:
    with pytest.raises(ValueError, match="address"):
        verp.encode("dev-bounces@example.org", "ann")


SECRET, OTHER = b"one secret", b"another"
BOUNCES, DAYS = "dev-bounces@example.org", range(20_000, 20_030)


def test_a_signature_stands_behind_the_recipient() -> None:
    written = verp.encode(BOUNCES, "ann@example.com", secret=SECRET, day=20_010)
    assert re.fullmatch(r"dev-bounces\+ann=example\.com\+4e2a[0-9a-f]{12}@example\.org", written)
    mailmans = re.fullmatch(r"(?P<bounces>[^+]+?)\+(?P<local>[^=]+)=(?P<domain>[^@]+)@.*", written)
    assert mailmans is not None
    assert (mailmans["bounces"], mailmans["local"]) == ("dev-bounces", "ann")


@given(LOCAL, DOMAIN)
def test_every_signed_recipient_comes_back_and_is_genuine(local: str, domain: str) -> None:
    recipient = f"{local}@{domain}"
    decoded = verp.decode(verp.encode(BOUNCES, recipient, secret=SECRET, day=20_010))
    assert decoded is not None
    assert (decoded.bounces, decoded.recipient) == (BOUNCES, recipient)
    assert verp.is_genuine(decoded, BOUNCES, [OTHER, SECRET], DAYS)
    assert not verp.is_genuine(decoded, BOUNCES, [OTHER], DAYS)
    assert not verp.is_genuine(decoded, "other-bounces@example.org", [SECRET], DAYS)
    assert not verp.is_genuine(decoded, BOUNCES, [SECRET], range(20_011, 20_030))
    assert not verp.is_genuine(replace(decoded, recipient="x" + recipient), BOUNCES, [SECRET], DAYS)


def test_an_unsigned_address_is_not_genuine() -> None:
    decoded = verp.decode("dev-bounces+ann=example.com@example.org")
    assert decoded is not None
    assert not verp.is_genuine(decoded, BOUNCES, [SECRET], DAYS)
