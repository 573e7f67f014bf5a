import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail import wire

LINES = st.lists(st.sampled_from([b"a", b".", b"..", b"\r", b"\n", b"\r\n", b"\xff", b"x"]), max_size=30).map(b"".join)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", b""),
        (b"a\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a\nb\n", b"a\r\nb\r\n"),
        (b"a\rb\r", b"a\r\nb\r\n"),
        (b"a\r\nb\nc\rd", b"a\r\nb\r\nc\r\nd"),
        (b"a\n\r\nb", b"a\r\n\r\nb"),
        (b"a\n\rb", b"a\r\n\r\nb"),
    ],
)
def test_normalise_newlines(raw: bytes, expected: bytes) -> None:
    assert wire.normalise_newlines(raw) == expected


def test_clean_input_is_not_copied() -> None:
    raw = b"a\r\nb\r\n" * 10
    assert wire.normalise_newlines(raw) is raw


@given(LINES)
def test_nothing_but_crlf_remains(raw: bytes) -> None:
    clean = wire.normalise_newlines(raw)
    assert b"\r" not in clean.replace(b"\r\n", b"")
    assert b"\n" not in clean.replace(b"\r\n", b"")
    assert wire.normalise_newlines(clean) == clean


@given(LINES)
def test_only_the_terminator_ends_data(raw: bytes) -> None:
    data = wire.dot_stuff(raw) + wire.TERMINATOR
    assert (b"\r\n" + data).index(b"\r\n.\r\n") == len(data) - 3
    lines = data[: -len(wire.TERMINATOR)].split(b"\r\n")[:-1]
    received = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
    assert received == wire.normalise_newlines(raw).removesuffix(b"\r\n")


@given(LINES)
def test_stuffed_dots_can_be_taken_out(raw: bytes) -> None:
    letter = wire.normalise_newlines(raw)
    assert wire.dot_unstuff(wire.dot_stuff(raw)) == letter + b"\r\n" * (letter[-2:] not in (b"", b"\r\n"))


@pytest.mark.parametrize(("raw", "expected"), [(b"abc", False), ("ü".encode(), True), (b"", False)])
def test_has_eight_bit(raw: bytes, expected: bool) -> None:
    assert wire.has_eight_bit(raw) is expected


LETTER = b"From: anne@example.org\r\nReceived: inside\r\nSubject: Hi\r\n\r\nReceived: in the body\r\n"


@pytest.mark.parametrize(
    "trace",
    [
        b"",
        b"Return-Path: <anne@example.org>\r\n",
        b"Received: from a\r\n\tby b;\r\n  date\r\n",
        b"RECEIVED: x\r\nreturn-path : <>\r\nDelivered-To: dev@example.org\r\nX-Original-To: dev@example.org\r\n",
        b"From anne@example.org Thu Jan  1 00:00:00 1970\r\nReceived: x\r\n",
        b"Authentication-Results: mx; dkim=pass\r\nARC-Seal: i=1\r\nReceived-SPF: pass\r\n",
    ],
)
def test_the_digest_does_not_see_trace_fields_on_top(trace: bytes) -> None:
    assert wire.trace_free_digest(trace + LETTER) == hashlib.sha256(LETTER).hexdigest()


@pytest.mark.parametrize("change", [b"Subject: Ho", b"Received-By: x\r\nSubject: Hi", b"Received: x\r\nSubject: Hi"])
def test_the_digest_sees_everything_else(change: bytes) -> None:
    changed = LETTER.replace(b"Subject: Hi", change)
    assert wire.trace_free_digest(changed) != wire.trace_free_digest(LETTER)
    assert wire.trace_free_digest(b"X-Other: y\r\n" + LETTER) != wire.trace_free_digest(LETTER)


@pytest.mark.parametrize("letter", [b"", b"Received: only", b"Received: a\r\n", b"\r\nbody"])
def test_the_digest_of_odd_letters(letter: bytes) -> None:
    assert len(wire.trace_free_digest(letter)) == 64
