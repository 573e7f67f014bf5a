"""Letters for relays without 8BITMIME: in seven bits, and to their readers the same."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail.addresses import parse_mailboxes
from suite.mail.content import attachments, body_text, part_bytes
from suite.mail.headers import split_letter
from suite.mail.parse import Parsed, parse
from suite.mail.sevenbit import to_seven_bit
from suite.mail.structure import Part
from suite.mail.wire import normalise_newlines

FOLDERS = [Path(__file__).parent / "data", Path(__file__).parents[1] / "delivery/letters"]
LETTERS = sorted(path for folder in FOLDERS for path in folder.glob("*.eml"))
HEAD = b"From: bart@example.com\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n"


def converted(raw: bytes) -> Parsed:
    header, body = to_seven_bit(*split_letter(raw))
    assert header.isascii()
    assert body.isascii()
    return parse(header + body)


def leaves(parsed: Parsed) -> list[Part]:
    assert parsed.structure is not None
    return [part for part in parsed.structure.walk() if not part.children]


def contents(parsed: Parsed) -> list[tuple[str, bytes]]:
    """What each part holds; text with line ends as on the wire."""
    found = [(part.content_type, part_bytes(parsed.raw, part)) for part in leaves(parsed)]
    return [(type_, normalise_newlines(data) if type_.startswith("text/") else data) for type_, data in found]


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: path.stem)
def test_a_sample_says_the_same(path: Path) -> None:
    raw = normalise_newlines(path.read_bytes())
    before, after = parse(raw), converted(raw)
    assert contents(after) == contents(before)
    assert body_text(after) == body_text(before)
    assert [(one.index, one.name) for one in attachments(after)] == [
        (one.index, one.name) for one in attachments(before)
    ]
    assert after.headers.text("Subject") == before.headers.text("Subject")
    assert parse_mailboxes(after.headers.get("From") or b"") == parse_mailboxes(before.headers.get("From") or b"")


def test_seven_bits_are_left_alone() -> None:
    header, body = split_letter(HEAD + b"\r\nHello\r\n.\r\n")
    same_header, same_body = to_seven_bit(header, body)
    assert same_header is header
    assert same_body is body


@pytest.mark.parametrize(
    ("fields", "content", "expected"),
    [
        (
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
            "Grüße, \r\n.\r\n".encode(),
            HEAD
            + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
            + b"\r\nGr=C3=BC=C3=9Fe,=20\r\n=2E\r\n",
        ),
        (
            b"Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n",
            b"\x89PNG\r\n\x1a\n",
            HEAD + b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=",
        ),
        (
            b"",
            "Grüße".encode(),
            HEAD
            + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
            + b"\r\nGr=C3=BC=C3=9Fe",
        ),
        (
            b"",
            b"Gr\xfc\xdfe",
            HEAD
            + b"Content-Type: text/plain; charset=unknown-8bit\r\nContent-Transfer-Encoding: quoted-printable\r\n"
            + b"\r\nGr=FC=DFe",
        ),
        (
            b"Content-Type: text/plain; charset=utf-16\r\n",
            "Grüße".encode("utf-16-le"),
            HEAD
            + b"Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n"
            + b"\r\nRwByAPwA3wBlAA==",
        ),
        (
            b"Content-Type: message/delivery-status\r\n",
            "Diagnostic-Code: smtp; 550 größer".encode(),
            HEAD
            + b"Content-Type: text/plain; charset=unknown-8bit\r\nContent-Transfer-Encoding: quoted-printable\r\n"
            + b"\r\nDiagnostic-Code: smtp; 550 gr=C3=B6=C3=9Fer",
        ),
        (
            b"Content-Type: multipart/mixed\r\nContent-Transfer-Encoding: 8bit\r\n",
            "no boundary, größer".encode(),
            HEAD
            + b"Content-Type: text/plain; charset=unknown-8bit\r\nContent-Transfer-Encoding: quoted-printable\r\n"
            + b"\r\nno boundary, gr=C3=B6=C3=9Fer",
        ),
    ],
)
def test_a_letter_of_one_part(fields: bytes, content: bytes, expected: bytes) -> None:
    assert converted(HEAD + fields + b"\r\n" + content).raw == expected


def test_a_letter_without_mime_gets_it() -> None:
    parsed = converted("Subject: Hi\r\n\r\nGrüße\r\n".encode())
    assert parsed.headers.get("MIME-Version") == b"1.0"
    assert body_text(parsed) == "Grüße"


SIGNED = b'--s\r\nContent-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s\r\n'
SIGNATURE = (
    b"--s\r\nContent-Type: application/pgp-signature\r\nContent-Transfer-Encoding: 7bit\r\n\r\nx y \r\n--s--\r\n"
)
SEVEN_BIT_PART = b"--b\r\ncontent-type:   text/html\r\nX-Odd:\tone\r\n\r\n<p>left \t alone\r\n"
ENCLOSED = (
    b"--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    + "Subject: Größe\r\n\r\nGrüße\r\n".encode()
)


def nested(signed: bytes) -> bytes:
    """Everything at once: what needs no change, a signature, an enclosed letter, and text between the parts."""
    head = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    inner = b"--b\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n" + SIGNED % signed + SIGNATURE
    return head + "für früher\r\n".encode() + SEVEN_BIT_PART + inner + ENCLOSED + b"--b--\r\nepilogue\r\n"


def test_parts_are_changed_where_they_must_be_and_only_there() -> None:
    parsed = converted(nested("Grüße".encode()))
    assert parsed.oddities == ()
    assert contents(parsed) == contents(parse(nested("Grüße".encode())))
    assert SEVEN_BIT_PART in parsed.body
    assert SIGNATURE in parsed.body
    assert [part.encoding for part in parsed.structure.walk()] == [  # type: ignore[union-attr]
        "7bit",
        "",
        "",
        "quoted-printable",
        "7bit",
        "7bit",
        "quoted-printable",
    ]
    enclosed = leaves(parsed)[-1]
    assert enclosed.headers.text("Subject") == "Größe"
    assert enclosed.headers.get("MIME-Version") == b"1.0"
    assert parsed.body.startswith(b"\r\nf??r fr??her\r\n")
    assert parsed.body.endswith(b"--b--\r\nepilogue\r\n")


def test_a_signature_over_seven_bits_stays_good() -> None:
    raw = nested(b"plain")
    start, end = raw.index(b"--s\r\n"), raw.index(b"--s--")
    assert raw[start:end] in converted(raw).body


@pytest.mark.parametrize(
    "field",
    [
        "Subject: Grüße an alle",
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= und mehr Grüße",
        "From: Jörg <joerg@example.com>",
        'To: "Müller, Anne" <anne@example.com>, =?utf-8?q?Bart=2C_B=2E?= <bart@example.com>',
        "X-Comment: " + "ü" * 2_000,
    ],
)
def test_header_fields_become_words(field: str) -> None:
    raw = field.encode() + b"\r\nX-Plain:  as it was \r\n\r\nHello\r\n"
    name, _, _ = field.partition(":")
    before, after = parse(raw), converted(raw)
    assert after.headers.text(name) == before.headers.text(name).replace('"', "")
    assert parse_mailboxes(after.headers.get(name) or b"") == parse_mailboxes(before.headers.get(name) or b"")
    assert after.raw.endswith(b"\r\nX-Plain:  as it was \r\n\r\nHello\r\n")


def test_an_address_that_is_not_ascii_is_read_and_not_used() -> None:
    parsed = converted("From: Jörg <jörg@example.com>\r\n\r\nHello\r\n".encode())
    assert parsed.headers.text("From") == "Jörg <jörg@example.com>"
    assert parse_mailboxes(parsed.headers.get("From") or b"") == []


@pytest.mark.parametrize("name", ["Größe.txt", "Größe " * 60 + ".txt", 'a "quoted" Größe', "x" * 300 + "ü"])
def test_names_of_files_become_extended_parameters(name: str) -> None:
    escaped = name.replace('"', '\\"')
    fields = f'Content-Disposition: attachment; size=3; filename="{escaped}"\r\n\r\n'
    parsed = converted(HEAD + b"Content-Type: text/plain\r\n" + fields.encode() + b"one\r\n")
    assert parsed.structure is not None
    assert parsed.structure.disposition.parameters == {"size": "3", "filename": name}
    assert max(map(len, parsed.raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("boundary", ['"grün"', "gr*0*=utf-8''gr%C3%BCn".removeprefix("gr")])
def test_a_boundary_that_is_not_ascii_is_another_afterwards(boundary: str) -> None:
    field = "boundary=" + boundary if boundary.startswith('"') else "boundary" + boundary
    body = "--grün\r\n\r\nfirst\r\n--grün\r\n\r\nGrüße\r\n--grün--\r\n"
    parsed = converted(HEAD + f"Content-Type: multipart/mixed; {field}\r\n\r\n{body}".encode())
    assert parsed.oddities == ()
    assert contents(parsed) == [("text/plain", b"first"), ("text/plain", "Grüße".encode())]


def test_a_letter_over_a_limit_goes_as_text() -> None:
    raw = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nGr\xfc\xdfe\r\n" * 2_000
    parsed = converted(raw)
    assert contents(parsed) == [("text/plain", raw.partition(b"\r\n\r\n")[2])]


# --- any letter -------------------------------------------------------------------------------------------------------

SCRAPS = [
    *(b"\r\n", b"\n", b"\r", b" ", b"\t", b"a", b".", b"=", b"\0", b"\xff", "ü".encode(), b"--b", b"--b--", b":"),
    *(b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n", b"Subject: ", b"From "),
    *(b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n", b"=?utf-8?q?=C3?="),
    *(
        b"Content-Type: text/plain; name=\xe4\r\n",
        b"Content-Type: \xc3\xbc/\x01; \x02=\xc3\xbc\r\n",
        b"MIME-Version: 1\r\n",
    ),
]


@given(st.lists(st.sampled_from(SCRAPS), max_size=40).map(b"".join))
def test_nothing_over_127_is_left_of_anything(raw: bytes) -> None:
    header, body = split_letter(raw)
    seven = to_seven_bit(header, body)
    assert (seven[0] + seven[1]).isascii()
    assert to_seven_bit(*seven) == seven


LINES = st.lists(st.binary(max_size=20) | st.sampled_from([b"", b" ", b".", b"From me", b"\xc3\xa4" * 60]), max_size=5)
PART = st.tuples(st.sampled_from(["text/plain", "text/html; charset=utf-8", "image/png", "application/x-y"]), LINES)


@given(st.lists(PART, min_size=1, max_size=4))
def test_any_content_comes_back(parts: list[tuple[str, list[bytes]]]) -> None:
    head = HEAD + b'Content-Type: multipart/mixed; boundary="=_a_boundary"\r\n\r\n'
    delimiter = b"--=_a_boundary"
    body = b"".join(
        delimiter + f"\r\nContent-Type: {type_}\r\n\r\n".encode() + b"\r\n".join(lines) + b"\r\n"
        for type_, lines in parts
    )
    raw = head + body + delimiter + b"--\r\n"
    assert contents(converted(raw)) == contents(parse(raw))
