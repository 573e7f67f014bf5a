"""The examples of RFC 6376 §3.4.5, and what goes wrong in the wild."""

import pytest

from suite.mail.canonical import relaxed_body, relaxed_field, selected, simple_body


@pytest.mark.parametrize(
    ("chunk", "canonical"),
    [
        (b"A: X\r\n", b"a:X\r\n"),
        (b"B : Y\t\r\n\tZ  \r\n", b"b:Y Z\r\n"),
        (b"Subject:\r\n", b"subject:\r\n"),
        (b"Subject:   \r\n  a\r\n\t b \r\n", b"subject:a b\r\n"),
        (b"X: a:b", b"x:a:b\r\n"),
    ],
)
def test_relaxed_fields(chunk: bytes, canonical: bytes) -> None:
    assert relaxed_field(chunk) == canonical


@pytest.mark.parametrize(
    ("body", "relaxed", "simple"),
    [
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n", b" C \r\nD \t E\r\n"),
        (b"", b"", b"\r\n"),
        (b"\r\n\r\n", b"", b"\r\n"),
        (b"  \r\n \t\r\n", b"", b"  \r\n \t\r\n"),
        (b"no end", b"no end\r\n", b"no end\r\n"),
        (b"no end  ", b"no end\r\n", b"no end  \r\n"),
        (b"a\r\n\r\nb\r\n", b"a\r\n\r\nb\r\n", b"a\r\n\r\nb\r\n"),
    ],
)
def test_bodies(body: bytes, relaxed: bytes, simple: bytes) -> None:
    assert relaxed_body(body) == relaxed
    assert simple_body(body) == simple


def test_of_several_fields_the_last_is_meant_first() -> None:
    fields = [("to", b"To: a\r\n"), ("from", b"From: b\r\n"), ("to", b"To: c\r\n")]

    assert list(selected(fields, ["to", "from", "to", "to", "cc"])) == [b"To: c\r\n", b"From: b\r\n", b"To: a\r\n"]
