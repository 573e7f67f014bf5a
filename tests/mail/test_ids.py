import base64
import hashlib

import pytest

from suite.mail import ids
from suite.mail.headers import HeaderBlock


def block(field: str, value: str) -> HeaderBlock:
    return HeaderBlock.parse(f"{field}: {value}\r\n".encode())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("<a@example.org>", "a@example.org"),
        ("  <a@example.org>  ", "a@example.org"),
        ("a@example.org", "a@example.org"),
        ("<[a@example.org]>", "a@example.org"),
        ("<a@[192.0.2.1]>", "a@[192.0.2.1]"),
        ("<a @ example.org>", "a@example.org"),
        ("<a@example.org> (comment)", "a@example.org"),
        ("junk <a@example.org> <b@example.org>", "a@example.org"),
        ("<>", ""),
        ("", ""),
        ("<ä@example.org>", "ä@example.org"),
        ("<a@example.org", "a@example.org"),
    ],
)
def test_message_id(value: str, expected: str) -> None:
    assert ids.message_id(block("Message-ID", value)) == expected


@pytest.mark.parametrize("character", ["x", "\u00fc", "\u6f22", "\U0001f4ee"])
def test_an_id_is_no_longer_than_a_line(character: str) -> None:
    """Else no index takes it, and the letter could not be kept."""
    found = ids.message_id(HeaderBlock.parse(f"Message-ID: <{character * 2000}@example.com>\r\n".encode()))
    assert 990 < len(found.encode()) <= 998
    assert set(found) == {character}


def test_a_missing_message_id_is_empty() -> None:
    assert ids.message_id(HeaderBlock.parse(b"A: b\r\n")) == ""


def test_new_ids_differ_and_read_back() -> None:
    first, second = ids.make_message_id("example.org"), ids.make_message_id("example.org")
    assert first != second
    assert ids.message_id(block("Message-ID", f"<{first}>")) == first


def test_id_hash_is_base32_of_sha1_without_brackets() -> None:
    expected = base64.b32encode(hashlib.sha1(b"a@example.org").digest()).decode()
    assert ids.id_hash("a@example.org") == ids.id_hash("<a@example.org>") == expected
    assert len(expected) == 32


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"References: <a@x.org> <b@x.org>\r\n", ["a@x.org", "b@x.org"]),
        (b"References: <a@x.org>\r\n\t<b@x.org>\r\n", ["a@x.org", "b@x.org"]),
        (b"References: <a@x.org><b@x.org>, <a@x.org>\r\n", ["a@x.org", "b@x.org"]),
        (b"References: a@x.org b@x.org\r\n", ["a@x.org", "b@x.org"]),
        (b"References: <a@x.org>\r\nIn-Reply-To: <c@x.org>\r\n", ["a@x.org"]),
        (b"References:\r\nIn-Reply-To: <c@x.org>\r\n", ["c@x.org"]),
        (b"In-Reply-To: Your mail of Monday <c@x.org>\r\n", ["c@x.org"]),
        (b"In-Reply-To: <c@x.org> <d@x.org>\r\n", ["c@x.org", "d@x.org"]),
        (b"In-Reply-To: Your mail of Monday\r\n", []),
        (b"References: <[a@x.org]> <>\r\n", ["a@x.org"]),
        (b"Subject: x\r\n", []),
    ],
)
def test_references(header: bytes, expected: list[str]) -> None:
    assert ids.references(HeaderBlock.parse(header)) == expected


@pytest.mark.parametrize("count", [99, 100, 101, 3_000])
def test_the_newest_references_are_kept(count: int) -> None:
    everything = [f"{number}@x.org" for number in range(count)]
    headers = block("References", " ".join(f"<{one}>" for one in everything))
    assert ids.references(headers) == everything[-100:]
