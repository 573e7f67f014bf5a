import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail import content
from suite.mail.content import Attachment, attachment_bytes, attachments, body_text, first_text, first_text_lines
from suite.mail.parse import parse

PDF = b"%PDF-1.4 \x00\xff binary"


def part(fields: str, body: str | bytes) -> bytes:
    octets = body.encode() if isinstance(body, str) else body
    return fields.encode() + b"\r\n\r\n" + octets + b"\r\n"


def multipart(subtype: str, *parts: bytes, boundary: str = "b") -> bytes:
    delimiter = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(delimiter + b"\r\n" + one for one in parts) + delimiter + b"--\r\n"


TEXT = "Content-Type: text/plain"
PLAIN = part("Content-Type: text/plain; charset=utf-8", "Grüße")
HTML = part("Content-Type: text/html; charset=utf-8", "<p>Schöne <b>Grüße</b></p>")
ATTACHED = part(
    'Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
    'Content-Disposition: attachment; filename="a.pdf"\r\nContent-ID: <cid@example.org>',
    base64.encodebytes(PDF),
)
ATTACHED_TEXT = part('Content-Type: text/plain\r\nContent-Disposition: attachment; filename="notes.txt"', "notes")
INLINE_FOOTER = part("Content-Type: text/plain\r\nContent-Disposition: inline", "____\r\nfooter")
ENCLOSED = part("Content-Type: message/rfc822", "Subject: inside\r\n\r\nenclosed")
ALTERNATIVE = multipart("alternative", PLAIN, HTML, boundary="in")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Subject: x\r\n\r\nHello\r\nlist\r\n", "Hello\nlist"),
        (b"Subject: x\r\n\r\n", ""),
        (b"Subject: x", ""),
        (PLAIN, "Grüße"),
        (HTML, "Schöne Grüße"),
        (multipart("alternative", PLAIN, HTML), "Grüße"),
        (multipart("alternative", HTML, PLAIN), "Grüße"),
        (multipart("alternative", HTML), "Schöne Grüße"),
        (multipart("alternative", part(TEXT, " \r\n"), HTML), "Schöne Grüße"),
        (multipart("mixed", PLAIN, ATTACHED), "Grüße"),
        (multipart("mixed", PLAIN, ATTACHED, INLINE_FOOTER), "Grüße\n____\nfooter"),
        (multipart("mixed", PLAIN, ATTACHED_TEXT), "Grüße"),
        (multipart("mixed", ATTACHED_TEXT), ""),
        (multipart("mixed", ALTERNATIVE, INLINE_FOOTER), "Grüße\n____\nfooter"),
        (multipart("mixed", HTML, ATTACHED), "Schöne Grüße"),
        (multipart("mixed", PLAIN, ENCLOSED), "Grüße"),
        (multipart("signed", PLAIN, part("Content-Type: application/pgp-signature", "x")), "Grüße"),
        (multipart("related", HTML, ATTACHED), "Schöne Grüße"),
        (multipart("mixed").replace(b"--b--", b"lost text"), "lost text"),
        (part("Content-Type: text/plain; charset=iso-8859-1", "Grüße".encode("latin-1")), "Grüße"),
        (part("Content-Type: text/plain; charset=nonsense", "Grüße".encode("latin-1")), "Grüße"),
        (
            part("Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable", "Gr=C3=BC=C3=\r\n=9Fe"),
            "Grüße",
        ),
        (part("Content-Type: text/plain\r\nContent-Transfer-Encoding: BASE64 ", "R3LDvMOfZQ"), "Grüße"),
        (part("Content-Type: text/plain\r\nContent-Transfer-Encoding: nonsense", "Grüße"), "Grüße"),
        (part("Content-Type: text/html", b'<meta charset="koi8-r"><p>' + "Привет".encode("koi8-r")), "Привет"),
        (part("Content-Type: text/plain", b"a\x00b\x1bc\x0cd\r\ne\rf\tg"), "abcd\ne\nf\tg"),
        (part("Content-Type: text/plain", "a\u202eb\u2066c\u200fd"), "abc\u200fd"),
        (part("Content-Type: text/plain; charset=utf-7", "a+2AA-b"), "a\ufffdb"),
    ],
)
def test_body_text(raw: bytes, expected: str) -> None:
    assert body_text(parse(raw)) == expected


def test_body_text_is_cut() -> None:
    parsed = parse(multipart("mixed", part(TEXT, "a" * 600), part(TEXT, "b" * 600)))
    assert body_text(parsed, 1_000) == "a" * 600 + "\n" + "b" * 399


def test_an_opaque_letter_still_shows_its_source() -> None:
    raw = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 2_000
    parsed = parse(raw)
    assert body_text(parsed, 20) == "--b\n\nx\n--b\n\nx\n--b"
    assert attachments(parsed) == []
    with pytest.raises(KeyError):
        attachment_bytes(parsed, "1")


def test_the_first_text_is_plain_where_any_is() -> None:
    assert first_text(parse(multipart("mixed", part(TEXT, "one"), part(TEXT, "two"))), 99) == "one"
    assert first_text(parse(multipart("alternative", HTML, part(TEXT, "two"))), 99) == "two"
    assert first_text(parse(multipart("mixed", HTML, part(TEXT, "  "))), 99) == "Schöne Grüße"
    assert first_text(parse(b"Subject: x\r\n\r\none"), 2) == "on"


def test_an_opaque_letter_has_no_first_text() -> None:
    raw = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 2_000
    assert first_text(parse(raw), 20) == ""


def test_first_text_lines() -> None:
    parsed = parse(b"Subject: x\r\n\r\n\r\nhelp  \r\nend\r\nmore\r\n")
    assert first_text_lines(parsed, 2) == ["help", "end"]
    assert first_text_lines(parsed, 99) == ["help", "end", "more"]


def test_attachments() -> None:
    parsed = parse(multipart("mixed", ALTERNATIVE, ATTACHED, ENCLOSED, ATTACHED_TEXT, INLINE_FOOTER))
    assert attachments(parsed) == [
        Attachment("2", "a.pdf", "application/pdf", len(PDF), False, "cid@example.org"),
        Attachment("3", "attachment.eml", "message/rfc822", 27, False, ""),
        Attachment("4", "notes.txt", "text/plain", 5, False, ""),
    ]
    assert attachment_bytes(parsed, "2") == PDF
    assert attachment_bytes(parsed, "3") == b"Subject: inside\r\n\r\nenclosed"
    assert attachment_bytes(parsed, "4") == b"notes"
    assert attachment_bytes(parsed, "1.2").startswith(b"<p>")


@pytest.mark.parametrize("index", ["", "0", "1", "9", "2.1", "-1", "x"])
def test_an_index_that_is_none(index: str) -> None:
    parsed = parse(multipart("mixed", ALTERNATIVE, ATTACHED))
    with pytest.raises(KeyError):
        attachment_bytes(parsed, index)


def test_a_letter_that_is_one_attachment() -> None:
    parsed = parse(ATTACHED)
    assert body_text(parsed) == ""
    assert [one.index for one in attachments(parsed)] == ["1"]
    assert attachment_bytes(parsed, "1") == PDF


def test_inline_images_are_attachments_that_say_so() -> None:
    image = part("Content-Type: image/png\r\nContent-Disposition: inline\r\nContent-ID: <i@example.org>", "x")
    (found,) = attachments(parse(multipart("related", HTML, image)))
    assert (found.name, found.inline, found.content_id) == ("attachment.png", True, "i@example.org")


UUENCODED = b"begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [(UUENCODED, b"Cat"), (b"no begin", b""), (b"begin 644 x\r\nM\r\nM\r\nM\r\n", b"\0" * 45)],
)
def test_uuencode(body: bytes, expected: bytes) -> None:
    parsed = parse(part("Content-Type: application/x\r\nContent-Transfer-Encoding: x-uuencode", body))
    assert attachment_bytes(parsed, "1") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.pdf", "a.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\a.exe", "a.exe"),
        ("..", "attachment.pdf"),
        ("", "attachment.pdf"),
        ("a\r\nb\0.pdf", "ab.pdf"),
        ("cod\u202efdp.exe", "codfdp.exe"),
        ("a\u200b\ufeffb.pdf", "ab.pdf"),
        ("  two   words .pdf ", "two words .pdf"),
        (".hidden", "hidden"),
        ("a\u0308.pdf", "ä.pdf"),
        ("a\ud800.pdf", "a.pdf"),
    ],
)
def test_clean_filename(name: str, expected: str) -> None:
    assert content.clean_filename(name, "application/pdf") == expected


@pytest.mark.parametrize(("length", "kept"), [(254, True), (255, True), (256, False), (3_000, False)])
def test_a_long_name_is_hashed(length: int, kept: bool) -> None:
    name = "ä" + "a" * (length - 6) + ".pdf"
    cleaned = content.clean_filename(name)
    assert (cleaned == name) is kept
    assert len(cleaned.encode()) <= 255
    assert cleaned.endswith(".pdf")
    assert cleaned != content.clean_filename("ä" + "b" + "a" * (length - 7) + ".pdf")


@given(st.text(max_size=400))
def test_any_name_is_made_safe(name: str) -> None:
    cleaned = content.clean_filename(name)
    assert cleaned
    assert len(cleaned.encode()) <= 255
    assert not set(cleaned) & {"/", "\\", "\0", "\r", "\n", "\u202e"}
    assert cleaned not in (".", "..")


@given(st.binary(max_size=120), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit", "x"]))
def test_any_body_can_be_read(body: bytes, encoding: str) -> None:
    parsed = parse(part(f"Content-Type: application/x\r\nContent-Transfer-Encoding: {encoding}", body))
    (found,) = attachments(parsed)
    assert len(attachment_bytes(parsed, found.index)) == found.size
    text = body_text(parse(part(f"Content-Type: text/plain\r\nContent-Transfer-Encoding: {encoding}", body)))
    assert "\0" not in text
    text.encode()
