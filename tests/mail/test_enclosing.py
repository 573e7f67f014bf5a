"""Mails of our own with letters inside, byte by byte."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from suite.mail.enclosing import attach, letter

HEADER = (
    b"From: dev-owner@example.org\r\nContent-Type: text/plain; charset=us-ascii\r\nMIME-Version: 1.0\r\nSubject: x\r\n"
)
BODY = b"\r\nHello.\r\n"
ODD = b"Subject: na\xefve\r\nX-Odd : 1\r\n\r\n--not a boundary\r\n\xff \r\n."


def test_without_parts_nothing_changes() -> None:
    header, body = attach(HEADER, BODY, ())

    assert header is HEADER
    assert body is BODY


@pytest.mark.parametrize("octets", [b"Subject: tea\r\n\r\nTea?\r\n", ODD, b"", b"\r\n"])
def test_part_keeps_its_bytes(octets: bytes) -> None:
    header, body = attach(HEADER, BODY, (("message/rfc822", octets), ("text/rfc822-headers", b"A: b\r\n")))

    read = message_from_bytes(header + body, policy=policy.SMTP)
    text, enclosed, headers = read.iter_parts()
    assert (read["From"], read["Subject"], read.get_content_type()) == (
        "dev-owner@example.org",
        "x",
        "multipart/mixed",
    )
    assert text.get_content() == "Hello.\r\n"
    assert enclosed.get_content_type() == "message/rfc822"
    assert enclosed["Content-Transfer-Encoding"] == ("7bit" if octets.isascii() else "8bit")
    assert headers.get_payload() == "A: b\r\n"
    boundary = read.get_boundary()
    assert boundary is not None
    assert (header + body).split(b"--" + boundary.encode())[2].partition(b"\r\n\r\n")[2] == octets + b"\r\n"
    assert read.defects == []


@pytest.mark.parametrize(
    ("text", "charset", "encoding"),
    [
        ("Tea?\n", "us-ascii", None),
        ("Größe\n", "utf-8", "quoted-printable"),
        ("x" * 1000, "us-ascii", "quoted-printable"),
    ],
)
def test_small_letter_reads_back(text: str, charset: str, encoding: str | None) -> None:
    read = message_from_bytes(
        letter({"From": "Dëv <dev@example.org>", "Subject": "confirm 1"}, text, datetime(2026, 11, 20, tzinfo=UTC)),
        policy=policy.SMTP,
    )

    assert (read["From"], read["Subject"], read["Date"]) == (
        "Dëv <dev@example.org>",
        "confirm 1",
        "Fri, 20 Nov 2026 00:00:00 +0000",
    )
    assert (read.get_content_charset(), read["Content-Transfer-Encoding"]) == (charset, encoding)
    assert read.get_content().rstrip("\r\n") == text.rstrip("\n")
