"""Replies as servers write them, and as they should not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.smtp.errors import ProtocolError
from delivery.smtp.replies import MAX_LINE, MAX_LINES, MAX_TEXT, Reply, ReplyReader


def read(*chunks: bytes) -> list[Reply]:
    reader, replies = ReplyReader(), []
    for chunk in chunks:
        reader.feed(chunk)
        while reply := reader.take():
            replies.append(reply)
    return replies


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        (b"250 2.1.5 Ok\r\n", Reply(250, "2.1.5", "Ok")),
        (b"250 ok\r\n", Reply(250, "", "ok")),
        (b"250\r\n", Reply(250, "", "")),
        (b"250 \r\n", Reply(250, "", "")),
        (b"250 2.0.0\r\n", Reply(250, "2.0.0", "")),
        (b"250 ok\n", Reply(250, "", "ok")),
        (b"354 go\r\n", Reply(354, "", "go")),
        (b"550-5.1.1 No such\r\n550 5.1.1 user\r\n", Reply(550, "5.1.1", "No such user")),
        (b"550-5.1.1 No such user\r\n550\r\n", Reply(550, "", "No such user")),
        (b"250-mx.example.org\r\n250-SIZE 10\r\n250 HELP\r\n", Reply(250, "", "mx.example.org SIZE 10 HELP")),
        # RFC 2034 §4: an enhanced code of another class is none.
        (b"550 4.1.1 odd\r\n", Reply(550, "", "4.1.1 odd")),
        (b"220 10.0.0.1 ready\r\n", Reply(220, "", "10.0.0.1 ready")),
        (b"550 5.7.1234 odd\r\n", Reply(550, "", "5.7.1234 odd")),
        # What has no place in a log line.
        (b"550 \x1b[2Jgone\x00 \x07now\x7f\r\n", Reply(550, "", "[2Jgone now")),
        (b"550 a\rb\r\n", Reply(550, "", "a b")),
        (b"550 caf\xc3\xa9\r\n", Reply(550, "", "caf\u00e9")),
        (b"550 caf\xe9\r\n", Reply(550, "", "caf\ufffd")),
        (b"550 a\xe2\x80\xaeb\xc2\x85c\r\n", Reply(550, "", "a b c")),
    ],
)
def test_reply(said: bytes, reply: Reply) -> None:
    assert read(said) == [reply]


@pytest.mark.parametrize(
    "said",
    [
        b"25O ok\r\n",
        b"ok\r\n",
        b"\r\n",
        b"2\r\n",
        b"25\r\n",
        b"2500 ok\r\n",
        b"250ok\r\n",
        b"150 ok\r\n",
        b"650 ok\r\n",
        b"\x00250 ok\r\n",
        b"\xb2\xb5\xb0 ok\r\n",
        "٢٥٠ ok\r\n".encode(),
        b" 250 ok\r\n",
        b"-250 ok\r\n",
        b"HTTP/1.1 400 Bad Request\r\n",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"250-first\r\n251 second\r\n",
        b"250-first\r\nsecond\r\n250 third\r\n",
        b"2" * (MAX_LINE + 1),
        b"250 " + b"x" * MAX_LINE + b"\r\n",
        b"250-" + b"x" * MAX_LINE + b"\r\n250 ok\r\n",
        b"250-more\r\n" * (MAX_LINES + 1),
    ],
    ids=lambda said: repr(said[:24]),
)
def test_no_reply_is_a_protocol_error(said: bytes) -> None:
    with pytest.raises(ProtocolError):
        read(said)


def test_longest_reply_that_is_taken() -> None:
    line = b"250 " + b"x" * (MAX_LINE - 6) + b"\r\n"
    assert read(line) == [Reply(250, "", "x" * MAX_TEXT)]
    [reply] = read((b"250-" + b"x" * 500 + b"\r\n") * (MAX_LINES - 1) + b"250 end\r\n")
    assert len(reply.text) == MAX_TEXT


def test_endless_line_is_given_up_while_it_comes() -> None:
    reader, fed = ReplyReader(), 0
    with pytest.raises(ProtocolError):
        for _ in range(1024):
            reader.feed(b"x" * 1024)
            fed += 1024
            reader.take()
    assert fed <= MAX_LINE + 1024


@pytest.mark.parametrize(
    ("reply", "ok", "temporary", "permanent"),
    [
        (Reply(250, "", ""), True, False, False),
        (Reply(251, "", ""), True, False, False),
        (Reply(354, "", ""), False, False, False),
        (Reply(452, "", ""), False, True, False),
        (Reply(550, "", ""), False, False, True),
        (Reply(552, "5.3.4", ""), False, False, True),
        (Reply(552, "5.2.2", "", retry=True), False, True, False),
    ],
)
def test_kinds_of_replies(reply: Reply, ok: bool, temporary: bool, permanent: bool) -> None:
    assert (reply.ok, reply.temporary, reply.permanent) == (ok, temporary, permanent)


def test_reply_as_text() -> None:
    assert str(Reply(550, "5.1.1", "no such user")) == "550 5.1.1 no such user"
    assert str(Reply(250, "", "")) == "250"


def test_pending_tells_of_what_nobody_took() -> None:
    reader = ReplyReader()
    states = [reader.pending]
    for said in (b"250-one\r\n", b"250 two\r\n", b"421 bye\r\n"):
        reader.feed(said)
        states.append((reader.take() is not None, reader.pending))  # type: ignore[arg-type]
    assert states == [False, (False, True), (True, False), (True, False)]


@given(
    st.lists(st.sampled_from([b"250 ok\r\n", b"550-5.1.1 no\r\n550 5.1.1 no\r\n", b"354\r\n", b"421 bye\n"])),
    st.lists(st.integers(min_value=0, max_value=200)),
)
def test_replies_do_not_depend_on_how_they_arrive(said: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(said)
    at = sorted({0, *(cut for cut in cuts if cut < len(stream)), len(stream)})
    assert read(*(stream[start:end] for start, end in pairwise(at))) == read(stream)


@given(st.binary(max_size=300))
def test_any_bytes_are_replies_or_a_protocol_error(said: bytes) -> None:
    try:
        replies = read(said)
    except ProtocolError:
        return
    assert all(200 <= reply.code < 600 for reply in replies)
    assert not any(control in reply.text for reply in replies for control in "\r\n\x00\x1b\x7f\x85")
