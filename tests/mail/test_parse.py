import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail import limits, message, structure
from suite.mail.headers import HeaderBlock
from suite.mail.message import charset_of, filename_of, payload_of
from suite.mail.parse import Parsed, parse
from suite.mail.structure import Part

NESTED = (
    b"Subject: Hi\r\n"
    b'Content-Type: multipart/mixed; boundary="out"\r\n'
    b"\r\n"
    b"preamble\r\n"
    b"--out\r\n"
    b'Content-Type: multipart/alternative; boundary="in"\r\n'
    b"\r\n"
    b"--in\r\n"
    b"\r\n"
    b"plain\r\n"
    b"--in\r\n"
    b"Content-Type: text/html\r\n"
    b"\r\n"
    b"<p>html\r\n"
    b"--in--\r\n"
    b"--out\r\n"
    b"Content-Type: message/rfc822\r\n"
    b"\r\n"
    b"Subject: inside\r\n"
    b"\r\n"
    b"enclosed\r\n"
    b"\r\n"
    b"--out--\r\n"
    b"epilogue\r\n"
)


def tree(parsed: Parsed) -> list[tuple[str, str, bytes]]:
    assert parsed.structure is not None
    return [
        (part.path, part.content_type, b"" if part.children else parsed.raw[part.start : part.end])
        for part in parsed.structure.walk()
    ]


def nested_multiparts(depth: int) -> bytes:
    levels = (
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(depth)
    )
    return b"Subject: x\r\n" + b"".join(levels) + b"\r\nhi\r\n"


def nested_letters(depth: int) -> bytes:
    return b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: x\r\n\r\nhi\r\n"


def many_parts(count: int) -> bytes:
    return b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n"


def test_the_tree_of_a_letter() -> None:
    assert tree(parse(NESTED)) == [
        ("", "multipart/mixed", b""),
        ("1", "multipart/alternative", b""),
        ("1.1", "text/plain", b"plain"),
        ("1.2", "text/html", b"<p>html"),
        ("2", "message/rfc822", b""),
        ("2.1", "text/plain", b"enclosed\r\n"),
    ]


def test_the_library_message_shows_the_same_parts() -> None:
    msg = parse(NESTED).message
    assert msg is not None
    assert [part.get_content_type() for part in msg.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "message/rfc822",
        "text/plain",
    ]
    assert msg["Subject"] == "Hi"
    assert (msg.preamble, msg.epilogue) == ("preamble", "epilogue\r\n")


@pytest.mark.parametrize(
    "raw",
    [
        NESTED,
        NESTED.removesuffix(b"epilogue\r\n"),
        NESTED.removesuffix(b"\r\nepilogue\r\n"),
        NESTED.replace(b"preamble", b""),
        NESTED.replace(b"--in--\r\n", b"--in--\r\n\r\ninner epilogue\r\n"),
        b"Subject: folded\r\n and more\r\n\r\nbody\r\n",
        b"Content-Type: message/partial\r\n\r\n\xff\0",
        b"Content-Type: multipart/mixed\r\n\r\n\xff\0",
        b"Subject: x\r\nX-Long: " + b"word " * 60 + b"end\r\n\r\n8-bit \xfc\r\n",
        many_parts(3),
    ],
)
def test_the_library_message_writes_the_same_bytes(raw: bytes) -> None:
    msg = parse(raw).message
    assert msg is not None
    assert message.to_bytes(msg) == raw


def test_headers_and_body_are_the_letter() -> None:
    parsed = parse(NESTED)
    assert parsed.headers.to_bytes() + parsed.body == NESTED
    assert parsed.body.startswith(b"\r\npreamble")


def test_editing_headers_does_not_change_what_was_read() -> None:
    parsed = parse(NESTED)
    parsed.headers.replace("Content-Type", "text/plain")
    assert len(tree(parsed)) == 6


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("boundary of the outer one reused inside", None, ["multipart/mixed", "multipart/mixed"]),
        (
            "delimiter with white space and no end",
            b'Content-Type: multipart/mixed; boundary="b"\n\n--b \t\n\none\n--b\n\ntwo',
            ["multipart/mixed", "text/plain", "text/plain"],
        ),
        (
            "line that only begins like the delimiter",
            b'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\n--bb\n--b-\n--b--x\n--b--\n',
            ["multipart/mixed", "text/plain"],
        ),
        (
            "part without blank line",
            b'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/html\n--b--\n',
            ["multipart/mixed", "text/html"],
        ),
        (
            "digest",
            b'Content-Type: multipart/digest; boundary="b"\n\n--b\n\nSubject: x\n\nhi\n--b--\n',
            ["multipart/digest", "message/rfc822", "text/plain"],
        ),
        (
            "encoded enclosed letter",
            b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAo=\n",
            ["message/rfc822"],
        ),
        ("no boundary", b"Content-Type: multipart/mixed\n\n--b\n\nhi\n--b--\n", ["multipart/mixed"]),
        ("nonsense type", b"Content-Type: nonsense\n\nhi\n", ["text/plain"]),
    ],
)
def test_odd_structures(name: str, raw: bytes | None, expected: list[str]) -> None:
    if raw is None:
        field = b'Content-Type: multipart/mixed; boundary="b"\n\n'
        raw = field + b"--b\n" + field + b"--b--\n"
    assert [kind for _, kind, _ in tree(parse(raw))] == expected, name


def test_outer_delimiter_ends_an_unclosed_inner_multipart() -> None:
    raw = NESTED.replace(b"--in--\r\n", b"")
    assert tree(parse(raw)) == tree(parse(NESTED))
    assert parse(raw).oddities == ("unterminated",)


@pytest.mark.parametrize(
    ("raw", "oddities"),
    [
        (NESTED, ()),
        (b"Subject: x\r\n\r\nbody", ()),
        (b"just text", ("no-header",)),
        (b"", ("no-header",)),
        (b"Content-Type: multipart/mixed\r\n\r\nbody", ("no-boundary", "no-parts")),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\nbody", ("no-parts",)),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nbody", ("unterminated",)),
    ],
)
def test_oddities(raw: bytes, oddities: tuple[str, ...]) -> None:
    assert parse(raw).oddities == oddities


@pytest.mark.parametrize(
    ("raw", "limit"),
    [
        (nested_multiparts(99), None),
        (nested_multiparts(100), None),
        (nested_multiparts(101), "MIME_DEPTH"),
        (nested_multiparts(300), "MIME_DEPTH"),
        (nested_multiparts(2_000), "MIME_DEPTH"),
        (nested_letters(99), None),
        (nested_letters(100), None),
        (nested_letters(101), "MIME_DEPTH"),
        (nested_letters(1_000), "MIME_DEPTH"),
        (many_parts(998), None),
        (many_parts(999), None),
        (many_parts(1_000), "MIME_PARTS"),
        (many_parts(100_000), "MIME_PARTS"),
        (b"A: b\r\n" * 1_999 + b"\r\nx", None),
        (b"A: b\r\n" * 2_000 + b"\r\nx", None),
        (b"A: b\r\n" * 2_001 + b"\r\nx", "FIELDS"),
        (b"A: " + b"b" * (limits.FIELD - 6) + b"\r\n\r\nx", None),
        (b"A: " + b"b" * (limits.FIELD - 5) + b"\r\n\r\nx", None),
        (b"A: " + b"b" * (limits.FIELD - 4) + b"\r\n\r\nx", "FIELD"),
        ((b"A: " + b"b" * 1_019 + b"\r\n") * 256 + b"\r\nx", None),
        ((b"A: " + b"b" * 1_019 + b"\r\n") * 256 + b"C: d\r\n\r\nx", "HEADER_BLOCK"),
    ],
)
def test_over_a_limit_a_letter_is_opaque(raw: bytes, limit: str | None) -> None:
    parsed = parse(raw)
    assert [name for name in parsed.oddities if name.isupper()] == ([limit] if limit else [])
    assert (parsed.message is None) is (limit is not None)
    assert (parsed.structure is None) is (limit is not None)
    assert parsed.headers.to_bytes() + parsed.body == raw


@pytest.mark.parametrize("raw", [nested_multiparts(100), nested_letters(100), many_parts(999)])
def test_the_deepest_message_can_be_written(raw: bytes) -> None:
    msg = parse(raw).message
    assert msg is not None
    assert len(list(msg.walk())) == len(tree(parse(message.to_bytes(msg)))) >= 101
    assert msg.as_bytes()


def test_limits_can_be_set() -> None:
    with pytest.raises(limits.LimitExceeded) as caught:
        structure.scan(NESTED, HeaderBlock.parse(NESTED.split(b"\r\n\r\n")[0]), 62, parts=3)
    assert caught.value.limit == "MIME_PARTS"


def test_lines_that_nearly_are_delimiters_end_the_search() -> None:
    boundaries = [b"a" * length for length in range(1, 30)]
    levels = b"".join(b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n' % (b, b) for b in boundaries)
    parsed = parse(levels + b"\r\n" + (b"--" + b"a" * 29 + b"b\r\n") * 10_000)
    assert parsed.oddities == ("MIME_PARTS",)
    assert parsed.message is None


def test_the_report_of_a_bounce_is_read_in_blocks() -> None:
    raw = (
        b"Content-Type: message/delivery-status\r\n\r\n"
        b"Reporting-MTA: dns; mx.example.org\r\n\r\n"
        b"Final-Recipient: rfc822; ann@example.com\r\nStatus: 5.1.1\r\n\r\n"
    )
    msg = parse(raw).message
    assert msg is not None
    assert [[*block.items()] for block in msg.get_payload()] == [  # type: ignore[union-attr]
        [("Reporting-MTA", "dns; mx.example.org")],
        [("Final-Recipient", "rfc822; ann@example.com"), ("Status", "5.1.1")],
    ]


LINES = st.lists(
    st.sampled_from(
        [
            b"Content-Type: multipart/mixed; boundary=a",
            b"Content-Type: multipart/mixed; boundary=b",
            b"Content-Type: multipart/digest; boundary=a",
            b"Content-Type: message/rfc822",
            b"Content-Type: message/delivery-status",
            b"Content-Transfer-Encoding: base64",
            b"--a",
            b"--b",
            b"--a--",
            b"--b--",
            b"",
            b"text",
            b"\xff\0",
        ]
    ),
    max_size=40,
)


@given(LINES, st.sampled_from([b"\r\n", b"\n", b"\r", b"\r\r\n"]))
def test_parts_never_overlap_and_nothing_raises(lines: list[bytes], line_end: bytes) -> None:
    raw = line_end.join([b"Content-Type: multipart/mixed; boundary=a", b"", *lines])
    parsed = parse(raw)
    assert parsed.structure is not None
    assert_nested(parsed.structure)
    msg = parsed.message
    assert msg is not None
    if line_end not in (b"\r\n", b"\n"):
        return  # a door has made these CRLF before anybody writes
    again = parse(message.to_bytes(msg))
    assert again.structure is not None
    assert [part.content_type for part in again.structure.walk()] == [
        part.content_type for part in parsed.structure.walk()
    ]


def assert_nested(part: Part) -> None:
    end = part.start
    for child in part.children:
        assert end <= child.start <= child.end <= part.end
        end = child.end
        assert_nested(child)


@given(st.binary(max_size=200))
def test_any_bytes_parse(raw: bytes) -> None:
    parsed = parse(raw)
    assert parsed.raw.endswith(raw)
    assert parsed.message is not None


@pytest.mark.parametrize(
    "field",
    [
        b"Content-Type: text/plain; charset*=utf-8''%FF",
        b"Content-Type: text/plain; charset*=x'y'z; charset*0*=\xff",
        b"Content-Type: text/plain; charset=\xff",
        b"Content-Disposition: attachment; filename*0*=x'; filename*0=y",
        b"Content-Disposition: attachment; filename*=nonsense'x'%ff",
        b"Content-Disposition: attachment; filename*99999999999999999999=x",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Transfer-Encoding: base64\r\nContent-Type: =?",
    ],
)
def test_readers_of_hostile_fields_do_not_raise(field: bytes) -> None:
    msg = parse(field + b"\r\n\r\nbody\r\n").message
    assert msg is not None
    assert isinstance(charset_of(msg), str)
    assert isinstance(filename_of(msg), str)
    assert isinstance(payload_of(msg), bytes)
