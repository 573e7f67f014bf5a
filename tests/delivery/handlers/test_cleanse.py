import base64

import pytest

from delivery.handlers import cleanse
from delivery.handlers.cleanse import Cleanse
from suite.mail.headers import HeaderBlock
from tests.delivery.handlers.shaping import POST, apply, archived, below_trace, make_list, sends, shape, subscribe

pytestmark = pytest.mark.django_db

UNWANTED = (
    "Approved", "Approve", "X-Approved", "X-Approve", "Urgent", "Return-Receipt-To", "Disposition-Notification-To",
    "X-Confirm-Reading-To", "X-Pmrqc", "Archived-At",
)  # fmt: skip
ODD = (
    b"Received: from a (b [192.0.2.1])\r\n\tby c; Fri, 20 Nov 2026 11:59:00 +0000\r\n"
    b"X-Spam:   yes \r\nx-spam: no\r\nSubject:Hi\r\nX-Latin: caf\xe9\r\nno field at all\r\n"
)


@pytest.mark.feature("core.handler.cleanse")
def test_secrets_and_receipts_go_and_the_rest_keeps_place_and_bytes() -> None:
    mlist = make_list(include_rfc2369_headers=False)
    subscribe(mlist, "anne@example.com")
    unwanted = b"".join(f"{name}: s3cret{index}@example.com\r\n".encode() for index, name in enumerate(UNWANTED))
    shouted = b"".join(f"{name.upper()}: s3cret\r\n\ts3cret\r\n".encode() for name in UNWANTED)

    [copy] = sends(shape(mlist, unwanted + ODD + shouted + POST))

    assert b"s3cret" not in copy.header + copy.body
    assert not any(name in HeaderBlock.parse(copy.header) for name in UNWANTED)
    assert below_trace(copy.header).startswith(ODD + POST.partition(b"\r\n\r\n")[0])


def test_envelope_sender_is_not_published() -> None:
    leaks = b"Return-Path: <SRS0=tag=ann@example.com>\r\nX-MailFrom: SRS0=tag=ann@example.com\r\n"
    draft = apply(Cleanse(), make_list(), leaks + POST, sender="SRS0=tag=ann@example.com")

    assert draft.headers.to_bytes() + draft.body == POST


@pytest.mark.parametrize("mark", [b"", b">"])
def test_from_line_of_a_mailbox_is_not_passed_on(mark: bytes) -> None:
    """It names the envelope sender; and behind a signature put on top it is no field, so readers would stop there."""
    line = mark + b"From SRS0=tag=ann@example.com Fri Nov 20 11:59:00 2026\r\n"
    mlist = make_list(include_rfc2369_headers=False)
    subscribe(mlist, "anne@example.com")

    draft = shape(mlist, line + POST)

    assert archived(draft) == [POST]
    [copy] = sends(draft)
    assert below_trace(copy.header).startswith(POST.partition(b"\r\n\r\n")[0])
    assert b"SRS0" not in copy.header


def test_password_in_the_first_line_goes_from_every_form_of_the_text() -> None:
    encoded = base64.encodebytes(b"Approved: s3cret\nHello\n").replace(b"\n", b"\r\n")
    raw = (
        b"From: bart@example.com\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded + b"--x\r\n"
        b"Content-Type: text/html\r\n\r\n<p>Approved: s3cret</p><p>Hello</p>\r\n--x--\r\n"
    )
    draft = apply(Cleanse(), make_list(), raw)

    assert b"s3cret" not in draft.body
    assert encoded.strip() not in draft.body
    assert draft.body.count(b"Hello") == 1
    assert base64.encodebytes(b"Hello\n").strip() in draft.body


def test_password_is_not_archived() -> None:
    mlist = make_list()
    [raw] = archived(shape(mlist, b"Approved: s3cret\r\n" + POST.replace(b"Hello.", b"Approved: s3cret\r\nHello.")))

    assert raw == POST


def test_body_without_password_is_the_very_same() -> None:
    draft = apply(Cleanse(), make_list())

    assert draft.body is draft.candidate.parsed.body


def test_the_tables_say_what_goes() -> None:
    assert {*cleanse.SECRETS, *cleanse.RECEIPTS, *cleanse.OURS} == set(UNWANTED)
