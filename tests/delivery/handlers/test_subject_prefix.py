from base64 import b64encode

import pytest

from delivery.handlers.subject_prefix import SubjectPrefix
from tests.delivery.handlers.shaping import POST, apply, make_list

pytestmark = pytest.mark.django_db


def field(value: bytes) -> bytes:
    return POST.replace(b"Subject: Hi", b"Subject: " + value)


@pytest.mark.feature("core.handler.subject-prefix")
@pytest.mark.parametrize(
    ("prefix", "given", "expected"),
    [
        ("[Dev] ", b"Hi", "[Dev] Hi"),
        ("[Dev] ", b"Re: [Dev] Hi", "[Dev] Re: Hi"),
        ("[Dev] ", b"[Dev] Hi", "[Dev] Hi"),
        ("[Dev] ", b"[dev] Re: [DEV] Hi", "[Dev] Re: Hi"),
        ("[Dev] ", b"Re: AW: SV: VS: Hi", "[Dev] Re: Hi"),
        ("[Dev] ", b"", "[Dev] (no subject)"),
        ("[Dev %d] ", b"Hi", "[Dev 42] Hi"),
        ("[Dev %05d] ", b"Hi", "[Dev 00042] Hi"),
        ("[Dev %d] ", b"Re: [Dev 41] Hi", "[Dev 42] Re: Hi"),
        ("", b"=?us-ascii?q?Hi?=\r\n  there ", "Hi  there"),
    ],
)
def test_table(prefix: str, given: bytes, expected: str) -> None:
    draft = apply(SubjectPrefix(), make_list(subject_prefix=prefix, post_id=42), field(given))

    assert draft.headers.texts("Subject") == [expected]
    if not prefix:
        assert draft.headers.to_bytes() + draft.body == field(given)


@pytest.mark.parametrize(("prefix", "subject"), [("[Dev] ", b"[Dev] (no subject)"), ("", None)])
def test_missing_subject(prefix: str, subject: bytes | None) -> None:
    raw = POST.replace(b"Subject: Hi\r\n", b"")

    assert apply(SubjectPrefix(), make_list(subject_prefix=prefix), raw).headers.get("Subject") == subject


def test_subject_that_reads_right_already_keeps_its_bytes() -> None:
    raw = field(b"=?utf-8?q?=5BDev=5D?=\r\n Hi")

    assert apply(SubjectPrefix(), make_list(subject_prefix="[Dev] "), raw).headers.to_bytes() in raw


@pytest.mark.feature("core.handler.subject-prefix-charsets")
@pytest.mark.parametrize("prefix", ["[Dev] ", "[Größe] ", "[メール %d] "])
@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Grüße aus Köln, ganz  herzlich", "utf-8"),
        ("Grüße aus Köln", "iso-8859-1"),
        ("日本語の件名です", "iso-2022-jp"),
        ("日本語の件名です" * 20, "utf-8"),
        ("Grüße", "raw-utf-8"),
        ("Grüße", "raw-latin-1"),
        ("Hi there", "ascii"),
    ],
)
def test_charsets_lose_nothing(prefix: str, text: str, charset: str) -> None:
    if charset.startswith("raw-"):
        value = text.encode(charset.removeprefix("raw-"))
    else:
        value = b"=?" + charset.encode() + b"?b?" + b64encode(text.encode(charset)) + b"?="
    draft = apply(SubjectPrefix(), make_list(subject_prefix=prefix, post_id=42), field(value))

    assert draft.headers.texts("Subject") == [prefix.replace("%d", "42") + text]
    header = draft.headers.to_bytes()
    assert header.isascii()
    assert max(map(len, header.split(b"\r\n"))) <= 998


def test_smuggled_line_end_stays_inside_the_subject() -> None:
    draft = apply(
        SubjectPrefix(), make_list(subject_prefix="[Dev] "), field(b"=?utf-8?q?a=0D=0ABcc:_dora@example.com?=")
    )

    assert draft.headers.names() == ["From", "To", "Subject", "Date", "Message-ID"]


def test_very_long_subject_is_quick_and_whole() -> None:
    text = "wort " * 30_000
    draft = apply(SubjectPrefix(), make_list(subject_prefix="[Dev] "), field(text.strip().encode()))

    assert draft.headers.text("Subject") == f"[Dev] {text.strip()}"
    assert max(map(len, draft.headers.to_bytes().split(b"\r\n"))) <= 998
