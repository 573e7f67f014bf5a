"""The letters in data/: each is read as its line below says, and survives everything we do to letters."""

from pathlib import Path

import pytest

from suite.mail import message, wire
from suite.mail.addresses import parse_mailboxes
from suite.mail.content import attachment_bytes, attachments, body_text
from suite.mail.decorate import add_text
from suite.mail.headers import HeaderBlock
from suite.mail.parse import Parsed, parse

DATA = Path(__file__).parent / "data"
SAMPLES = sorted(path.name for path in DATA.glob("*.eml"))


def read(name: str) -> Parsed:
    return parse(wire.normalise_newlines((DATA / name).read_bytes()))


@pytest.mark.parametrize(
    ("name", "sender", "subject", "text"),
    [
        ("bare-returns.eml", ["bart@example.com"], "only returns", "old Macintosh"),
        ("broken-base64.eml", ["bart@example.com"], "base64 with a footer behind", "Grüße"),
        ("empty-plain-alternative.eml", ["bart@example.com"], "the text is in the HTML only", "Hello list"),
        ("header-in-text.eml", ["bart@example.com"], "a line that is no field", "body"),
        ("name-in-words.eml", ["bart@example.com"], "file names", ""),
        ("no-header.eml", [], "", "Hello list,\n\nI forgot the header."),
        ("nul-and-eight-bit.eml", ["bart@example.com"], "raw ü and   nul", "body  ÿ þ"),
        ("same-boundary.eml", ["bart@example.com"], "inner and outer boundary are one", "text"),
        ("smuggled-field.eml", ["bart@example.com"], "hi Bcc: dora@example.com", "body"),
        ("two-readings.eml", [], "", "body"),
        ("unterminated-nested.eml", ["bart@example.com"], "neither multipart is closed", "plain\nsecond"),
        ("wrong-charset.eml", ["bart@example.com"], "Grüße", "Grüße mit “Zeichen”"),
    ],
)
def test_what_a_sample_says(name: str, sender: list[str], subject: str, text: str) -> None:
    parsed = read(name)
    assert [mailbox.address for mailbox in parse_mailboxes(parsed.headers.get("From") or b"")] == sender
    assert parsed.headers.text("Subject") == subject
    assert body_text(parsed) == text


def test_every_sample_is_described() -> None:
    readme = (DATA / "README.md").read_text()
    assert [name for name in SAMPLES if f"| {name} |" not in readme] == []


def test_names_of_attachments() -> None:
    parsed = read("name-in-words.eml")
    assert [(one.index, one.name) for one in attachments(parsed)] == [
        ("1", "Grüße.txt"),
        ("2", "Grüßetxt.exe"),
        ("3", "three.txt"),
    ]
    assert [attachment_bytes(parsed, index) for index in ("1", "2", "3")] == [b"one", b"two", b"three"]


@pytest.mark.parametrize("field", ["From", "Sender", "Reply-To"])
def test_no_reading_of_an_ambiguous_address_counts(field: str) -> None:
    assert parse_mailboxes(read("two-readings.eml").headers.get(field) or b"") == []


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_can_be_decorated_and_written(name: str) -> None:
    parsed = read(name)
    headers, body = add_text(
        HeaderBlock.parse(parsed.headers.to_bytes()), parsed.body, header_text="", footer_text="Ende ü"
    )
    decorated = parse(headers.to_bytes() + body)
    assert body_text(decorated).endswith("Ende ü")
    assert [one.size for one in attachments(decorated)] == [one.size for one in attachments(parsed)]
    assert parsed.message is not None
    written = parse(message.to_bytes(parsed.message))
    assert body_text(written) == body_text(parsed)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_subject_can_be_written_again_as_one_field(name: str) -> None:
    headers = read(name).headers
    subject = headers.text("Subject")
    others = [field for field in headers.names() if field.lower() != "subject"]
    headers.replace("Subject", f"[Dev] {subject}")
    again = HeaderBlock.parse(headers.to_bytes())
    assert again.text("Subject") == f"[Dev] {subject}".strip()
    assert [field for field in again.names() if field.lower() != "subject"] == others
