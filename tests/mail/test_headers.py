import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suite.mail import headers
from suite.mail.headers import HeaderBlock, encode, split_letter

BLOCK = (
    b"Received: from a\r\n\tby b\r\n"
    b"received: from c\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"X-Strange  :  kept  \r\n"
    b"no field at all\r\n"
    b"To: anne@example.org,\r\n bart@example.com\r\n"
    b"Empty:\r\n"
)


@pytest.mark.parametrize(
    ("letter", "header", "rest"),
    [
        (b"A: b\r\n\r\nbody", b"A: b\r\n", b"\r\nbody"),
        (b"A: b\n\nbody", b"A: b\n", b"\nbody"),
        (b"A: b\r\rbody", b"A: b\r", b"\rbody"),
        (b"A: b\r\n\nbody", b"A: b\r\n", b"\nbody"),
        (b"A: b\r\nC: d\r\n", b"A: b\r\nC: d\r\n", b""),
        (b"A: b", b"A: b", b""),
        (b"A: b\r\n\r\n", b"A: b\r\n", b"\r\n"),
        (b"\r\nbody", b"", b"\r\nbody"),
        (b"\nbody", b"", b"\nbody"),
        (b"", b"", b""),
        (b"From anne Thu Jan  1\nA: b\n\nbody", b"From anne Thu Jan  1\nA: b\n", b"\nbody"),
        (b">From anne Thu Jan  1\nA: b\n\nbody", b">From anne Thu Jan  1\nA: b\n", b"\nbody"),
        (b"just text\r\n\r\nmore", b"", b"\r\njust text\r\n\r\nmore"),
        (b"just text\n", b"", b"\njust text\n"),
    ],
)
def test_split_letter(letter: bytes, header: bytes, rest: bytes) -> None:
    assert split_letter(letter) == (header, rest)


def test_a_block_reads_its_fields() -> None:
    block = HeaderBlock.parse(BLOCK)
    assert block.names() == ["Received", "received", "Subject", "X-Strange", "To", "Empty"]
    assert block.get("RECEIVED") == b"from a\tby b"
    assert block.get_all("Received") == [b"from a\tby b", b"from c"]
    assert block.get("x-strange") == b"kept"
    assert block.get("empty") == b""
    assert block.get("missing") is None
    assert block.get_all("missing") == []
    assert block.text("subject") == "Grüße"
    assert block.text("missing") == ""
    assert block.texts("To") == ["anne@example.org, bart@example.com"]
    assert "TO" in block
    assert "Cc" not in block
    assert block.to_bytes() == BLOCK


@given(st.binary(max_size=300))
def test_an_unedited_block_is_byte_identical(block: bytes) -> None:
    parsed = HeaderBlock.parse(block)
    assert parsed.to_bytes() == block
    for name, value in parsed.fields():
        assert value in parsed.get_all(name)


@given(
    st.lists(st.sampled_from([b"A: b", b"junk", b" fold", b"C:d", b"From x", b":", b"E :f", b"", b"\t"]), max_size=12)
)
def test_splitting_loses_no_byte(lines: list[bytes]) -> None:
    letter = b"\r\n".join(lines)
    header, rest = split_letter(letter)
    added_blank_line = len(header) + len(rest) - len(letter)
    assert (header + rest)[added_blank_line:] == letter
    assert added_blank_line in (0, 2)
    assert not rest or rest.startswith(b"\r\n")


def test_remove_keeps_all_others_byte_identical() -> None:
    block = HeaderBlock.parse(BLOCK)
    assert block.remove("received", "Missing") == 2
    assert block.to_bytes() == BLOCK[BLOCK.index(b"Subject") :]
    assert block.remove("Received") == 0


def test_no_stray_line_comes_to_stand_first() -> None:
    block = HeaderBlock.parse(b"A: 1\r\nstray\r\nB: 2\r\nstray too\r\n")
    block.remove("A")
    assert block.to_bytes() == b"B: 2\r\nstray too\r\n"
    assert split_letter(block.to_bytes() + b"\r\nbody") == (block.to_bytes(), b"\r\nbody")


def test_remove_if_sees_name_and_value() -> None:
    block = HeaderBlock.parse(BLOCK)
    assert block.remove_if(lambda name, value: name == "received" and value == b"from c") == 1
    assert block.get_all("received") == [b"from a\tby b"]
    assert b"no field at all\r\n" in block.to_bytes()


def test_replace_takes_the_first_place_and_removes_the_others() -> None:
    block = HeaderBlock.parse(b"A: 1\r\nB: 2\r\na: 3\r\nC: 4\r\n")
    block.replace("A", "new")
    assert block.to_bytes() == b"A: new\r\nB: 2\r\nC: 4\r\n"
    block.replace("D", "last")
    assert block.to_bytes() == b"A: new\r\nB: 2\r\nC: 4\r\nD: last\r\n"
    assert block.get("d") == b"last"


def test_prepend_and_append() -> None:
    block = HeaderBlock.parse(b"From anne Thu\nA: 1\n")
    block.prepend("Z", "0")
    block.append("B", "2")
    assert block.to_bytes() == b"From anne Thu\nZ: 0\nA: 1\nB: 2\n"


def test_a_last_line_without_end_gets_one_when_something_follows() -> None:
    block = HeaderBlock.parse(b"A: 1")
    block.append("B", "2")
    assert block.to_bytes() == b"A: 1\r\nB: 2\r\n"


def test_replace_raw() -> None:
    block = HeaderBlock.parse(b"A: 1\r\n")
    block.replace_raw("A", b"one\r\n two")
    assert block.to_bytes() == b"A: one\r\n two\r\n"
    for value in (b"one\r\nB: two", b"one\nB: two", b"one\rB: two", b"one\r\n\r\nbody", b"nul\0"):
        with pytest.raises(ValueError, match="value"):
            block.replace_raw("A", value)


def test_a_copy_is_independent() -> None:
    block = HeaderBlock.parse(BLOCK)
    other = block.copy()
    other.remove("To")
    assert block.to_bytes() == BLOCK


# --- encode -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Subject", "Hi", b"Subject: Hi\r\n"),
        ("Subject", "", b"Subject: \r\n"),
        ("Subject", " a  b\t", b"Subject: a  b\r\n"),
        ("Subject", "Grüße", b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n"),
        ("Subject", "all is übel and so on", b"Subject: all is =?utf-8?q?=C3=BCbel?= and so on\r\n"),
        ("Subject", "=?utf-8?q?x?=", b"Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\r\n"),
        ("X", "a" * 100, b"X: " + b"a" * 100 + b"\r\n"),
        ("X", "a" * 70 + " " + "b" * 20, b"X: " + b"a" * 70 + b"\r\n " + b"b" * 20 + b"\r\n"),
        ("X", "x " * 30 + "<http://example.org/a b>", b"X: " + b"x " * 29 + b"x\r\n <http://example.org/a b>\r\n"),
    ],
)
def test_encode(name: str, value: str, expected: bytes) -> None:
    assert encode(name, value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?utf-8?q?x?= <anne@example.org>", b"To: =?utf-8?q?x?= <anne@example.org>\r\n"),
        ("Änne <anne@example.org>", b"To: =?utf-8?q?=C3=84nne?= <anne@example.org>\r\n"),
        ('"Änne O." <anne@example.org>', b"To: =?utf-8?q?=C3=84nne_O=2E?= <anne@example.org>\r\n"),
        ("ännë@example.org", "To: ännë@example.org\r\n".encode()),
    ],
)
def test_encode_structured(value: str, expected: bytes) -> None:
    assert encode("To", value, structured=True) == expected


PAYLOADS = ["\r\nBcc: x", "\nBcc: x", "\rBcc: x", "\0", "\x0b", "\x1b", "\x7f", "\r\n\r\nbody"]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("structured", [True, False])
def test_encode_refuses_controls(payload: str, structured: bool) -> None:
    with pytest.raises(ValueError, match="control"):
        encode("Subject", f"hi{payload}", structured=structured)


@pytest.mark.parametrize("name", ["", "A B", "A:", "A\r\nB", "Ä", "A\0"])
def test_encode_refuses_bad_names(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        encode(name, "value")


def test_encode_refuses_a_unit_that_fits_into_no_line() -> None:
    assert max(map(len, encode("X", "a " + "b" * 997, structured=True).splitlines())) == 998
    with pytest.raises(ValueError, match="folded"):
        encode("X", "b" * 998, structured=True)


TEXT = st.text(
    st.one_of(st.sampled_from(' \tä=?<>"\\,@.-\u0085\u2028\u00a0日😀'), st.characters(exclude_categories=["Cs", "Cc"])),
    max_size=200,
)


@given(TEXT, st.booleans())
def test_an_encoded_field_is_one_field_in_short_lines(value: str, structured: bool) -> None:
    field = encode("Subject", value, structured=structured)
    block = HeaderBlock.parse(field)
    assert block.names() == ["Subject"]
    assert field.endswith(b"\r\n")
    assert all(line.strip() for line in field[:-2].split(b"\r\n"))
    assert all(len(line) <= 998 for line in field.split(b"\r\n"))


@given(TEXT)
def test_an_encoded_text_reads_back(value: str) -> None:
    field = encode("Subject", value)
    assert field.isascii()
    assert HeaderBlock.parse(field).text("Subject") == value.replace("\t", " ").strip(" ")


@settings(max_examples=20)
@given(st.text("ab ä日<>=?", min_size=900, max_size=3_000))
def test_a_long_text_reads_back(value: str) -> None:
    field = encode("Subject", value)
    assert all(len(line) <= 998 for line in field.split(b"\r\n"))
    assert headers.decode(field.partition(b":")[2], 10_000) == value.strip(" ")


@given(st.binary(max_size=120))
def test_what_was_decoded_can_be_written_again(value: bytes) -> None:
    text = headers.decode(value)
    assert HeaderBlock.parse(encode("Subject", text)).text("Subject") == text
