"""Line ends, dots, and values cut into a mail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.smtp.content import Template, prepare

LINES = st.lists(st.sampled_from([b".", b"..", b"x", b"\r", b"\n", b"\r\n", b"", b"\r\n.\r\n"])).map(b"".join)


@pytest.mark.parametrize(
    ("raw", "prepared"),
    [
        (b"", b""),
        (b"a\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a\nb\n", b"a\r\nb\r\n"),
        (b"a\rb", b"a\r\nb\r\n"),
        (b"a\r\r\nb", b"a\r\n\r\nb\r\n"),
        (b"a\n\rb", b"a\r\n\r\nb\r\n"),
        (b".", b"..\r\n"),
        (b".\r\n", b"..\r\n"),
        (b"a\r\n.\r\n.\r\nb", b"a\r\n..\r\n..\r\nb\r\n"),
        (b"a\n.\nb", b"a\r\n..\r\nb\r\n"),
        (b"a\r.\rb", b"a\r\n..\r\nb\r\n"),
        (b"..x\r\n...\r\n", b"...x\r\n....\r\n"),
        (b"a.b\r\n c. \r\n", b"a.b\r\n c. \r\n"),
    ],
)
def test_prepare(raw: bytes, prepared: bytes) -> None:
    assert prepare(raw) == prepared


def test_prepare_leaves_alone_what_is_ready() -> None:
    raw = b"Subject: x\r\n\r\n" + b"line\r\n" * 1000
    assert prepare(raw) is raw


@given(LINES)
def test_prepared_content_never_holds_the_end_of_data(raw: bytes) -> None:
    wire = b"\r\n" + prepare(raw)
    assert b"\r\n.\r\n" not in wire
    assert wire.count(b"\r") == wire.count(b"\n") == wire.count(b"\r\n")


@given(LINES)
def test_prepare_is_undone_by_a_server(raw: bytes) -> None:
    received = (b"\r\n" + prepare(raw)).replace(b"\r\n.", b"\r\n")[2:]
    assert received == b"".join(line + b"\r\n" for line in raw.splitlines())


def test_template_puts_values_where_marks_were() -> None:
    template = Template.cut(b"To: @@A@@\r\n\r\nDear @@N@@ <@@A@@>\r\n", [b"@@A@@", b"@@N@@", b"@@absent@@"])
    filled = template.fill([b"anne@example.com", b"Anne", b"x"])
    assert b"".join(filled) == b"To: anne@example.com\r\n\r\nDear Anne <anne@example.com>\r\n"


def test_template_prefers_the_longer_mark() -> None:
    template = Template.cut(b"$name $name_long", [b"$name", b"$name_long"])
    assert b"".join(template.fill([b"a", b"b"])) == b"a b"


def test_template_without_marks_is_the_content() -> None:
    assert Template.cut(b"x\r\n", []).fill([]) == [b"x\r\n"]


@pytest.mark.parametrize("value", [b"x\r\nBcc: dora@example.org", b"x\n", b"\r"])
def test_value_with_a_line_end_is_refused(value: bytes) -> None:
    template = Template.cut(b"To: @@\r\n", [b"@@"])
    with pytest.raises(ValueError, match="line end"):
        template.fill([value])


@pytest.mark.parametrize("mark", [b"", b".mark", b"a\nb", b"a\rb"])
def test_mark_that_cannot_be_told_from_the_frame_is_refused(mark: bytes) -> None:
    with pytest.raises(ValueError, match="mark"):
        Template.cut(b"text", [mark])


@pytest.mark.parametrize(
    ("text", "values", "wire"),
    [
        (b"@a@", [b".", b""], b"..\r\n"),
        (b"@a@.\r\n", [b"", b""], b"..\r\n"),
        (b"x\r\n@a@\r\n", [b".", b""], b"x\r\n..\r\n"),
        (b"x\r\n@a@@b@\r\n", [b"", b"."], b"x\r\n..\r\n"),
        (b"x\r\n@a@@b@.\r\n", [b"", b""], b"x\r\n..\r\n"),
        (b"x\r\n@a@.\r\n", [b"y", b""], b"x\r\ny.\r\n"),
        (b"x @a@\r\n", [b".", b""], b"x .\r\n"),
        (b".@a@\r\n", [b".", b""], b"...\r\n"),
        (b"@m@\r\n", [b"", b"", b".\n.a\nb"], b"..\r\n..a\r\nb\r\n"),
        (b"x @m@\r\n", [b"", b"", b".\n.a\nb"], b"x .\r\n..a\r\nb\r\n"),
        (b"x @m@.\r\n", [b"", b"", b"y\n"], b"x y\r\n..\r\n"),
    ],
)
def test_dots_that_values_bring_to_the_beginning_of_a_line_are_doubled(
    text: bytes, values: list[bytes], wire: bytes
) -> None:
    template = Template.cut(prepare(text), [b"@a@", b"@b@", b"@m@"], multiline=[b"@m@"])
    assert b"".join(template.fill([*values, b""][:3])) == wire


@given(st.lists(st.sampled_from([b"@a@", b"@m@", b".", b"x", b"\r\n", b"\n"])).map(b"".join), LINES, st.data())
def test_filled_template_is_as_if_filled_before(text: bytes, lines: bytes, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from([b"", b".", b"x", b".."]))
    # The second value's line ends are read by themselves: a CR at its end has no LF in the text behind it.
    normal = lines.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = text + b"\n"  # as prepare() does; a mark may end the text
    before = prepare(text.replace(b"\r\n", b"\n").replace(b"@a@", word).replace(b"@m@", normal))
    template = Template.cut(prepare(text), [b"@a@", b"@m@"], multiline=[b"@m@"])
    assert b"".join(template.fill([word, lines])) == before
