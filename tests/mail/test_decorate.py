import base64

import pytest

from suite.mail.content import attachment_bytes, attachments, body_text
from suite.mail.decorate import add_text
from suite.mail.headers import HeaderBlock, split_letter
from suite.mail.parse import Parsed, parse

HEAD = b"From: bart@example.com\r\nSubject: Hi\r\n"


def decorated(fields: bytes, body: bytes, header: str = "", footer: str = "") -> Parsed:
    block, rest = split_letter(HEAD + fields + b"\r\n" + body)
    headers, new = add_text(HeaderBlock.parse(block), rest, header_text=header, footer_text=footer)
    assert headers.to_bytes().startswith(HEAD)
    parsed = parse(headers.to_bytes() + new)
    assert parsed.oddities == ()
    return parsed


def types(parsed: Parsed) -> list[str]:
    assert parsed.structure is not None
    return [part.content_type for part in parsed.structure.walk()]


def test_empty_texts_change_nothing() -> None:
    block, rest = split_letter(HEAD + b"\r\nHello")
    headers, body = add_text(HeaderBlock.parse(block), rest, header_text="", footer_text="")
    assert headers.to_bytes() + body == HEAD + b"\r\nHello"


def test_the_given_block_is_not_changed() -> None:
    block, rest = split_letter(HEAD + b"Content-Type: text/html\r\n\r\n<p>")
    headers = HeaderBlock.parse(block)
    add_text(headers, rest, header_text="top", footer_text="end")
    assert headers.to_bytes() == block


# --- joined -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_plain_text_is_joined(line_end: str) -> None:
    parsed = decorated(b"", b"Hello\r\n", f"top{line_end}two", f"____{line_end}end{line_end}")
    assert parsed.headers.to_bytes() == HEAD
    assert parsed.body == b"\r\ntop\r\ntwo\r\nHello\r\n____\r\nend\r\n"


@pytest.mark.parametrize(
    ("fields", "body", "new_fields", "new_body"),
    [
        (b"Content-Type: text/plain\r\n", b"Hello", b"Content-Type: text/plain\r\n", b"Hello\r\nend"),
        (
            b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n",
            b"Gr\xfc\xdfe\r\n",
            b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n",
            b"Gr\xfc\xdfe\r\nend",
        ),
        (
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n",
            b"Gr=C3=BC=C3=9Fe\r\n",
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n",
            b"Gr=C3=BC=C3=9Fe\r\nend",
        ),
        (
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n",
            base64.b64encode("Grüße\r\n".encode()),
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n",
            base64.b64encode("Grüße\r\nend".encode()) + b"\r\n",
        ),
    ],
)
def test_charset_and_transfer_encoding_stay(fields: bytes, body: bytes, new_fields: bytes, new_body: bytes) -> None:
    parsed = decorated(fields, body, footer="end")
    assert parsed.headers.to_bytes() == HEAD + new_fields
    assert parsed.body == b"\r\n" + new_body


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (b"", b"Hello\r\n"),
        (b"Content-Type: text/plain\r\n", b"Hello\r\n"),
        (b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n", b"Hello\r\n"),
        (b"Content-Type: text/plain; charset=iso-2022-jp\r\n", "Hello\r\n".encode("iso-2022-jp")),
        (b"Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: 8bit\r\n", b"Hello\r\n"),
        (b"Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: quoted-printable\r\n", b"Hello\r\n"),
    ],
)
def test_a_footer_the_charset_cannot_write_makes_it_utf8(fields: bytes, body: bytes) -> None:
    parsed = decorated(fields, body, footer="Grüße 日本")
    assert types(parsed) == ["text/plain"]
    assert body_text(parsed) == "Hello\nGrüße 日本"
    assert parsed.structure is not None
    assert parsed.structure.type.get("charset") == "utf-8"
    assert parsed.structure.encoding in ("8bit", "quoted-printable")
    assert parsed.headers.get("MIME-Version") == b"1.0"


def test_format_flowed_and_delsp_stay() -> None:
    fields = b"Content-Type: text/plain; charset=us-ascii; format=flowed; delsp=yes\r\n"
    parsed = decorated(fields, b"soft \r\nline \r\n", footer="> quoted \n end ü")
    assert parsed.structure is not None
    assert parsed.structure.type.parameters == {"charset": "utf-8", "format": "flowed", "delsp": "yes"}
    assert parsed.body == "\r\nsoft \r\nline\r\n > quoted\r\n  end ü".encode()


@pytest.mark.parametrize(
    "parameter",
    [b'name="a\\"b"', b"name=a\0b", b"n\0me=a", b'name="' + b"a" * 3_000 + b'"', "name=ä".encode(), b"charset=x"],
)
def test_parameters_that_cannot_be_written_plainly_are_left_out(parameter: bytes) -> None:
    parsed = decorated(
        b"Content-Type: text/plain; charset=us-ascii; format=fixed; " + parameter + b"\r\n", b"Hello\r\n", "", "ü"
    )
    assert parsed.headers.get("Content-Type") == b"text/plain; charset=utf-8; format=fixed"
    assert body_text(parsed) == "Hello\nü"


def test_a_signature_separator_keeps_its_space() -> None:
    parsed = decorated(b"Content-Type: text/plain; format=flowed\r\n", b"Hello\r\n-- \r\n", footer="end")
    assert parsed.body == b"\r\nHello\r\n-- \r\nend"


def test_text_that_lies_about_its_charset_keeps_its_bytes() -> None:
    parsed = decorated(b"Content-Type: text/plain; charset=utf-8\r\n", b"Gr\xfc\xdfe\r\n", footer="end")
    assert types(parsed) == ["multipart/mixed", "text/plain", "text/plain"]
    assert b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGr\xfc\xdfe\r\n" in parsed.body


# --- appended ---------------------------------------------------------------------------------------------------------

MIXED = b'Content-Type: multipart/mixed;\r\n boundary="b"\r\nMIME-Version: 1.0\r\n'
MIXED_BODY = (
    b"preamble\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hi\r\n--b\r\nContent-Type: application/pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\nepilogue\r\n"
)


def test_multipart_mixed_gets_parts_and_keeps_its_own() -> None:
    parsed = decorated(MIXED, MIXED_BODY, "top", "Grüße\n")
    assert parsed.headers.to_bytes() == HEAD + MIXED
    assert types(parsed) == ["multipart/mixed", "text/plain", "text/html", "application/pdf", "text/plain"]
    own = MIXED_BODY[MIXED_BODY.index(b"--b") : MIXED_BODY.index(b"--b--")]
    assert own in parsed.body
    assert parsed.body.startswith(b"\r\npreamble\r\n--b\r\n")
    assert parsed.body.endswith(b"--b--\r\nepilogue\r\n")
    assert parsed.structure is not None
    first, last = parsed.structure.children[0], parsed.structure.children[-1]
    assert (first.disposition.value, last.disposition.value) == ("inline", "inline")
    assert attachment_bytes(parsed, "1") == b"top"
    assert attachment_bytes(parsed, "4").rstrip() == "Grüße".encode()
    assert parsed.raw.isascii()


def test_only_a_footer() -> None:
    parsed = decorated(MIXED, MIXED_BODY, footer="end")
    assert types(parsed) == ["multipart/mixed", "text/html", "application/pdf", "text/plain"]


# --- wrapped ----------------------------------------------------------------------------------------------------------

SIGNED = (
    b'Content-Type: multipart/signed; boundary="s"; micalg=pgp-sha256;\r\n\tprotocol="application/pgp-signature"\r\n'
)
SIGNED_BODY = (
    b"--s\r\nContent-Type: text/plain\r\n\r\nsigned  text \r\n\r\n--s\r\n"
    b"Content-Type: application/pgp-signature\r\n\r\nx\r\n--s--\r\n"
)


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        (SIGNED, SIGNED_BODY),
        (SIGNED.replace(b"signed", b"encrypted"), SIGNED_BODY),
        (SIGNED.replace(b"signed", b"alternative"), SIGNED_BODY),
        (b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", "<p>Grüße\r\n".encode()),
        (b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-ID: <x>\r\n", b"AAAA\r\n"),
        (b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a\r\n", b"Hello\r\n"),
        (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: x-unknown\r\n", b"Hello\r\n"),
    ],
)
def test_everything_else_is_wrapped_with_its_bytes(fields: bytes, body: bytes) -> None:
    parsed = decorated(b"MIME-Version: 1.0\r\n" + fields, body, "top\n", "end\n")
    assert parsed.structure is not None
    assert parsed.structure.content_type == "multipart/mixed"
    top, middle, end = parsed.structure.children
    assert parsed.raw[middle.header_start : middle.end] == fields + b"\r\n" + body
    assert [parsed.raw[part.start : part.end] for part in (top, end)] == [b"top", b"end"]
    assert parsed.headers.get_all("MIME-Version") == [b"1.0"]
    content_fields = [name for name in parsed.headers.names() if name.lower().startswith("content-")]
    assert content_fields == ["Content-Type"] + ["Content-Transfer-Encoding"] * (not body.isascii())


def test_an_unterminated_multipart_is_wrapped() -> None:
    block, rest = split_letter(HEAD + MIXED + b"\r\n--b\r\n\r\nHello\r\n")
    headers, body = add_text(HeaderBlock.parse(block), rest, header_text="", footer_text="end")
    parsed = parse(headers.to_bytes() + body)
    assert types(parsed) == ["multipart/mixed", "multipart/mixed", "text/plain", "text/plain"]
    assert body_text(parsed) == "Hello\n\nend" or body_text(parsed) == "Hello\nend"


def test_an_opaque_letter_is_left_alone() -> None:
    raw = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n" * 2_000
    block, rest = split_letter(raw)
    headers, body = add_text(HeaderBlock.parse(block), rest, header_text="top", footer_text="end")
    assert headers.to_bytes() + body == raw


def test_a_letter_without_body_or_header() -> None:
    for raw in (b"", b"Subject: x", b"just text\r\n"):
        block, rest = split_letter(raw)
        headers, body = add_text(HeaderBlock.parse(block), rest, header_text="", footer_text="end")
        parsed = parse(headers.to_bytes() + body)
        assert body_text(parsed).endswith("end")
        assert attachments(parsed) == []
