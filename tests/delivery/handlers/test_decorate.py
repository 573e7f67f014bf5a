from typing import Any

import pytest

from delivery import personal, pipelines
from delivery.enums import BatchKind
from delivery.handlers.decorate import FOOTER, HEADER, Decorate
from lists import notices
from lists.enums import Personalization
from suite.mail import charsets
from suite.mail.content import body_text, part_bytes
from suite.mail.parse import parse
from tests.delivery.handlers.shaping import POST, apply, archived, make_draft, make_list, shape

pytestmark = pytest.mark.django_db

BASE64 = (
    POST.partition(b"\r\n\r\n")[0]
    + b"\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: base64\r\n\r\nR3L832UK\r\n"
)
QUOTED = (
    POST.partition(b"\r\n\r\n")[0]
    + b"\r\nContent-Type: text/plain; charset=iso-8859-1; format=flowed\r\n"
    + b"Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n"
)
LONG = QUOTED.replace(b"Gr=FC=DFe", b"Gr=FC=DFe " + b"x=\r\n" * 2000)
HTML = POST.partition(b"\r\n\r\n")[0] + b"\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n"
SIGNED = (
    POST.partition(b"\r\n\r\n")[0] + b"\r\nContent-Type: multipart/signed; boundary=x\r\n\r\n"
    b"--x\r\n\r\nHello \r\n--x\r\nContent-Type: application/pgp-signature\r\n\r\nabc\r\n--x--\r\n"
)


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the header's and the footer's text."""

    def put(header: str = "", footer: str = "") -> None:
        monkeypatch.setitem(notices.TEXTS, HEADER, ("", header))
        monkeypatch.setitem(notices.TEXTS, FOOTER, ("", footer))

    return put


def test_footer_names_the_list_and_how_to_leave(settings: Any) -> None:
    settings.BASE_URL = "https://lists.example.org"
    body = apply(Decorate(), make_list()).body

    assert body.startswith(b"\r\nHello.\r\n")
    for words in (
        b"Dev",
        b"dev@example.org",
        b"dev-leave@example.org",
        b"https://lists.example.org/lists/dev.example.org/",
    ):
        assert words in body
    assert b"$" not in body


def test_empty_texts_change_nothing(texts: Any) -> None:
    texts()
    draft = apply(Decorate(), make_list())

    assert draft.body is draft.candidate.parsed.body
    assert draft.headers.to_bytes() + draft.body == POST


def test_header_and_footer_of_a_plain_text(texts: Any) -> None:
    texts("To $listname:\n", "-- $description, $nothing\n")

    assert apply(Decorate(), make_list(description="Größe")).body.decode() == (
        "\r\nTo dev@example.org:\r\nHello.\r\n-- Größe, $nothing\r\n"
    )


def test_archive_gets_the_post_without_texts() -> None:
    assert archived(shape(make_list())) == [POST]


@pytest.mark.parametrize("raw", [POST, BASE64, QUOTED, LONG, HTML, SIGNED])
def test_placeholders_survive_every_kind_of_body(raw: bytes, texts: Any) -> None:
    texts("Für $user_name\n", "$user_delivered_to $user_language $unsubscribe_url\n")
    draft = make_draft(make_list(), raw)
    draft.kind = BatchKind.PERSONAL
    Decorate().apply(draft, draft.arrival.mlist)

    filled = draft.body
    for name in personal.NAMES:
        [value] = personal.values([name], (7, "Zoe@example.com", "Zoë"), draft.arrival.mlist)
        filled = filled.replace(draft.placeholder(name).encode(), value)

    assert "Für Zoë\r\n".encode() in filled
    assert b"Zoe@example.com en http" in filled
    assert draft.mark.encode() not in filled


@pytest.mark.parametrize(("raw", "text"), [(POST, "Hello."), (BASE64, "Grüße"), (QUOTED, "Grüße")])
def test_plain_text_of_a_personal_copy_is_utf_8_without_encoding(raw: bytes, text: str) -> None:
    draft = make_draft(make_list(), raw)
    draft.kind = BatchKind.PERSONAL
    Decorate().apply(draft, draft.arrival.mlist)

    assert draft.body.decode().startswith(f"\r\n{text}\r\n")
    assert b"charset=utf-8" in (draft.headers.get("Content-Type") or b"")
    assert (b"format=flowed" in (draft.headers.get("Content-Type") or b"")) is (raw is QUOTED)
    assert draft.headers.get_all("Content-Transfer-Encoding") == [b"8bit"]


def test_signed_part_keeps_its_bytes() -> None:
    draft = shape(make_list(personalize=Personalization.INDIVIDUAL), SIGNED)
    whole = parse(draft.headers.to_bytes() + draft.body)

    assert SIGNED.partition(b"\r\n\r\n")[2] in draft.body
    assert whole.structure is not None
    assert [part.content_type for part in whole.structure.children] == ["multipart/signed", "text/plain"]


# --- every shape of a post --------------------------------------------------------------------------------------------

HEAD = POST.partition(b"\r\n\r\n")[0] + b"\r\n"
ENCRYPTED = (
    HEAD + b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x\r\n\r\n'
    b"--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\nContent-Type: application/octet-stream\r\n"
    b"\r\n-----BEGIN PGP MESSAGE-----  \r\n--x--\r\n"
)
SMIME = (
    HEAD
    + b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3\r\n"
)
MIXED = (
    HEAD
    + b"Content-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n--x\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    b"\r\nGr\xfc\xdfe  \r\n--x\r\nContent-Type: image/png\r\n\r\nabc\r\n--x--\r\nepilogue\r\n"
)
ALTERNATIVE = (
    HEAD
    + b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nHello\r\n--x\r\nContent-Type: text/html\r\n\r\n"
    b"<p>Hello</p>\r\n--x--\r\n"
)
FLOWED = (
    HEAD + b"Content-Type: text/plain; charset=us-ascii; format=flowed; delsp=yes\r\n\r\nA line that flows \r\non.\r\n"
)


def shown(raw: bytes) -> list[tuple[str, str]]:
    """Types and texts of the parts, as mail readers show them one below the other."""
    parsed = parse(raw)
    assert parsed.structure is not None
    assert parsed.oddities == ()
    leaves = [part for part in parsed.structure.walk() if not part.children]
    return [
        (part.content_type, charsets.to_text(part_bytes(parsed.raw, part), part.type.get("charset")).strip())
        for part in leaves
    ]


@pytest.mark.feature("core.handler.decorate")
@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (POST, {"charset": "utf-8"}),
        (
            POST.replace(b"\r\n\r\nHello.", b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello."),
            {"charset": "utf-8"},
        ),
        (BASE64, {"charset": "iso-8859-1"}),
        (QUOTED, {"charset": "iso-8859-1", "format": "flowed"}),
        (FLOWED, {"charset": "utf-8", "format": "flowed", "delsp": "yes"}),
    ],
)
def test_a_plain_text_is_joined_in_a_charset_for_all_of_it(raw: bytes, fields: dict[str, str], texts: Any) -> None:
    texts("Für alle:\n", "Ende für heute\n")
    draft = apply(Decorate(), make_list(), raw)
    whole = parse(draft.headers.to_bytes() + draft.body)

    [(kind, text)] = shown(whole.raw)
    assert kind == "text/plain"
    assert text.startswith("Für alle:\r\n")
    assert text.endswith("\r\nEnde für heute")
    assert body_text(parse(raw)).strip() in text.replace("\r\n", "\n")
    assert whole.structure is not None
    assert whole.structure.type.parameters == fields


@pytest.mark.feature("core.handler.decorate")
def test_texts_become_parts_of_a_mixed_letter_whose_other_bytes_stay(texts: Any) -> None:
    texts("Für alle:\n", "Ende\n")
    draft = apply(Decorate(), make_list(), MIXED)
    whole = parse(draft.headers.to_bytes() + draft.body)

    assert shown(whole.raw) == [
        ("text/plain", "Für alle:"),
        ("text/plain", "Grüße"),
        ("image/png", "abc"),
        ("text/plain", "Ende"),
    ]
    assert whole.structure is not None
    first, *_, last = whole.structure.children
    assert (first.disposition.value, last.disposition.value) == ("inline", "inline")
    assert MIXED.partition(b"preamble\r\n")[2].partition(b"\r\n--x--")[0] in draft.body
    assert draft.body.startswith(b"\r\npreamble\r\n--x\r\n")
    assert draft.body.endswith(b"--x--\r\nepilogue\r\n")


@pytest.mark.feature("core.handler.decorate")
@pytest.mark.parametrize("raw", [SIGNED, ENCRYPTED, SMIME, ALTERNATIVE, HTML])
def test_everything_else_is_wrapped_and_keeps_its_bytes(raw: bytes, texts: Any) -> None:
    texts("Für alle:\n", "Ende\n")
    draft = apply(Decorate(), make_list(), raw)
    whole = parse(draft.headers.to_bytes() + draft.body)

    assert whole.structure is not None
    assert whole.structure.content_type == "multipart/mixed"
    _, middle, _ = whole.structure.children
    before = parse(raw)
    assert before.structure is not None
    assert middle.content_type == before.structure.content_type
    assert before.raw[before.structure.start :] in draft.body
    content_fields = [chunk for name, chunk in before.headers.raw_fields() if name.startswith("content-")]
    assert [chunk for name, chunk in middle.headers.raw_fields()] == content_fields


@pytest.mark.feature("core.handler.decorate-html")
def test_html_is_still_shown_as_html_with_the_footer_below(texts: Any) -> None:
    texts("", "Ende für heute\n")
    draft = apply(Decorate(), make_list(), HTML)
    whole = parse(draft.headers.to_bytes() + draft.body)

    assert shown(whole.raw) == [("text/html", "<p>Hello</p>"), ("text/plain", "Ende für heute")]
    assert whole.structure is not None
    assert [part.disposition.value for part in whole.structure.children] == ["", "inline"]


@pytest.mark.feature("core.handler.decorate")
@pytest.mark.parametrize("raw", [POST, BASE64, QUOTED, FLOWED, MIXED, SIGNED, ENCRYPTED, SMIME, ALTERNATIVE, HTML])
def test_empty_texts_change_no_shape(raw: bytes, texts: Any) -> None:
    texts()
    draft = apply(Decorate(), make_list(), raw)

    assert draft.headers.to_bytes() + draft.body == raw
    assert draft.body is draft.candidate.parsed.body


@pytest.mark.feature("core.handler.decorate")
def test_mail_to_the_owners_gets_no_texts() -> None:
    draft = make_draft(make_list(), POST, role="owner")
    pipelines.run("default-owner-pipeline", draft, draft.arrival.mlist)

    assert draft.body is draft.candidate.parsed.body
