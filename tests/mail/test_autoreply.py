import pytest

from suite.mail.autoreply import may_answer, may_autorespond, may_obey
from suite.mail.headers import HeaderBlock

SENDER = "bart@example.com"


def block(fields: str = "") -> HeaderBlock:
    return HeaderBlock.parse(f"From: {SENDER}\r\nSubject: Hi\r\n{fields}".encode())


def test_ordinary_mail_may_be_answered() -> None:
    assert may_answer(block(), SENDER)
    assert may_autorespond(block(), SENDER)


@pytest.mark.parametrize(
    "fields",
    [
        "Auto-Submitted: no\r\n",
        "Auto-Submitted: No (really)\r\n",
        "X-Ack: yes\r\n",
        "X-Auto-Response-Suppress: DR, RN, NRN\r\n",
        f"Return-Path: <{SENDER}>\r\n",
        "X-List-Like: x\r\n",
    ],
)
def test_fields_that_do_not_forbid_an_answer(fields: str) -> None:
    assert may_answer(block(fields), SENDER)
    assert may_autorespond(block(fields), SENDER)


@pytest.mark.parametrize(
    "fields",
    [
        "X-Ack: no\r\n",
        "X-Ack: NO\r\n",
        "Auto-Submitted: auto-replied\r\n",
        "Auto-Submitted: auto-generated; x=y\r\n",
        "Return-Path: <>\r\n",
        "Return-Path: < >\r\n",
        "List-Id: <dev.example.org>\r\n",
        "LIST-UNSUBSCRIBE: <mailto:x@example.org>\r\n",
        "X-Auto-Response-Suppress: OOF, AutoReply\r\n",
        "Content-Type: multipart/report; report-type=delivery-status\r\n",
    ],
)
def test_fields_that_forbid_every_answer(fields: str) -> None:
    assert not may_answer(block(fields), SENDER)
    assert not may_autorespond(block(fields), SENDER)


@pytest.mark.parametrize("fields", ["X-No-Ack: anything\r\n", "Precedence: bulk\r\n", "Precedence: first-class\r\n"])
def test_fields_that_forbid_notices(fields: str) -> None:
    assert not may_answer(block(fields), SENDER)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("Precedence: bulk\r\n", False),
        ("Precedence: Junk\r\n", False),
        ("Precedence: list\r\n", False),
        ("Precedence: list\r\nX-Ack: yes\r\n", True),
        ("Precedence: first-class\r\n", True),
    ],
)
def test_precedence_and_the_autoresponder(fields: str, expected: bool) -> None:
    assert may_autorespond(block(fields), SENDER) is expected


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "<>",
        " <> ",
        "MAILER-DAEMON@example.com",
        "<mailer-daemon@example.com>",
        "owner-dev@example.com",
        "dev-owner@example.com",
        "dev-request@example.com",
        "dev-bounces@example.com",
        "bounces+x@example.com",
    ],
)
def test_senders_that_get_no_answer(sender: str) -> None:
    assert not may_answer(block(), sender)
    assert not may_autorespond(block(), sender)


@pytest.mark.parametrize(
    "sender", ["request@example.com", "downer@example.com", "ownership@example.com", "postmaster@x.org"]
)
def test_senders_that_only_look_like_robots(sender: str) -> None:
    assert may_answer(block(), sender)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("", True),
        ("X-Ack: no\r\n", True),
        ("X-Auto-Response-Suppress: All\r\n", True),
        ("Precedence: first-class\r\n", True),
        ("Precedence: bulk\r\n", False),
        ("Precedence: bulk\r\nX-Ack: yes\r\n", True),
        ("Auto-Submitted: auto-replied\r\n", False),
        ("Auto-Submitted: auto-replied\r\nX-Ack: yes\r\n", False),
        ("Return-Path: <>\r\n", False),
        ("List-Id: <dev.example.org>\r\n", False),
        ("Content-Type: multipart/report\r\n", False),
    ],
)
def test_whose_commands_count(fields: str, expected: bool) -> None:
    assert may_obey(block(fields), SENDER) is expected
    assert not may_obey(block(fields), "<>")
