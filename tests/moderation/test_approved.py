"""Where marks are found and how they are taken away; whether a password is right is the rule's matter."""

import base64

import pytest

from moderation.approved import approved_marks, body_without_marks
from suite.mail.content import attachment_bytes, body_text
from suite.mail.parse import parse

ALTERNATIVE = b"""\
From: cris@example.com\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary=x\r
\r
preamble\r
--x\r
Content-Type: text/plain; charset=utf-8\r
\r
\r
Approved: open sesame\r
\r
Tea is ready.\r
--x\r
Content-Type: text/html; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
<div dir=3D"ltr">Approved:&nbsp;<b>open sesame</b><br><br>Tea is ready, =\r
K=C3=A4the.</div>\r
--x--\r
epilogue\r
"""


def plain(body: bytes, *fields: bytes) -> bytes:
    return b"\r\n".join([*fields, b"From: cris@example.com", b"", body])


def test_marks_of_header_and_texts_in_order() -> None:
    raw = ALTERNATIVE.replace(b"From", b"X-Approve: second\r\nApproved: first\r\nFrom", 1)

    assert [(mark.password, mark.part.path if mark.part else None) for mark in approved_marks(parse(raw))] == [
        ("first", None),
        ("second", None),
        ("open sesame", "1"),
        ("open sesame", "2"),
    ]


def test_mark_is_taken_from_every_text() -> None:
    letter = parse(ALTERNATIVE)

    body = body_without_marks(letter)

    cleansed = parse(letter.headers.to_bytes() + body)
    assert b"sesame" not in body
    assert body.startswith(b"\r\npreamble\r\n--x\r\n")
    assert body.endswith(b"\r\n--x--\r\nepilogue\r\n")
    assert body_text(cleansed).strip() == "Tea is ready."
    assert attachment_bytes(cleansed, "2") == '<div dir="ltr"></b><br><br>Tea is ready, Käthe.</div>'.encode()


def test_body_without_a_mark_is_the_very_same() -> None:
    letter = parse(plain(b"Tea is ready.\r\nApproved: of by everybody\r\n", b"Approved: open sesame"))

    assert body_without_marks(letter) is letter.body


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_rest_of_a_plain_text_stays(line_end: bytes) -> None:
    letter = parse(plain(b"approve: sesame" + line_end + b"Tea is ready." + line_end))

    assert body_without_marks(letter) == b"\r\nTea is ready." + line_end


def test_mark_in_base64() -> None:
    text = "Approved: sesame\r\nTea is ready, Käthe.\r\n".encode()
    fields = (b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: base64")
    letter = parse(plain(base64.encodebytes(text).replace(b"\n", b"\r\n"), *fields))

    cleansed = parse(letter.headers.to_bytes() + body_without_marks(letter))

    assert body_text(cleansed).strip() == "Tea is ready, Käthe."


def test_password_in_another_charset() -> None:
    fields = (b"Content-Type: text/plain; charset=iso-8859-1", b"Content-Transfer-Encoding: 8bit")
    letter = parse(plain("Approved: Käse\r\nFür Käthe\r\n".encode("latin-1"), *fields))

    assert [mark.password for mark in approved_marks(letter)] == ["Käse"]
    assert body_without_marks(letter) == "\r\nFür Käthe\r\n".encode("latin-1")


def test_password_that_html_has_to_escape() -> None:
    letter = parse(plain(b"<p>Approved: a&lt;b&amp;c</p>\r\n<p>Tea</p>\r\n", b"Content-Type: text/html"))

    assert [mark.password for mark in approved_marks(letter)] == ["a<b&c"]
    assert b"a&lt;b" not in body_without_marks(letter)


@pytest.mark.parametrize(
    "body", [b"", b"\r\n", b"Approved:\r\nTea\r\n", b"Tea\r\nApproved: sesame\r\n", b"Disapproved: x"]
)
def test_text_without_a_mark(body: bytes) -> None:
    assert approved_marks(parse(plain(body))) == []


def test_endless_password_is_none() -> None:
    assert approved_marks(parse(plain(b"Approved: " + b"x" * 300, b"Approve: " + b"y" * 300))) == []
