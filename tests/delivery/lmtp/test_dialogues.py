"""Sessions by the line: what is sent, what is answered (RFC 2033, RFC 5321)."""

import socket
import time

import pytest

from archives.enums import Role
from archives.models import Arrival
from delivery.lmtp import replies
from delivery.lmtp.directory import REMEMBERED
from suite.common.failpoints import armed
from tests.delivery.lmtp.conftest import kept
from tests.support.factories import make_list
from tests.support.lmtp import Client, Door, codes, open_door

LHLO, MAIL, RCPT = "LHLO mx.example.com", "MAIL FROM:<bart@example.com>", "RCPT TO:<dev@example.org>"
WELCOME = f"250-{socket.gethostname()}|250-PIPELINING|250-ENHANCEDSTATUSCODES|250-8BITMIME|250-SMTPUTF8|250 SIZE 10000"

DIALOGUES: dict[str, list[tuple[str, str]]] = {
    "extensions": [(LHLO, WELCOME)],
    "case of verbs": [("lhlo x", WELCOME), ("mail from:<>", replies.SENDER_OK), (RCPT.lower(), replies.RECIPIENT_OK)],
    "SMTP's greetings": [("EHLO x", replies.NOT_LMTP), ("HELO x", replies.NOT_LMTP), (LHLO, WELCOME)],
    "LHLO without name": [("LHLO", replies.BAD_LHLO)],
    "out of order": [
        (MAIL, replies.NO_LHLO),
        (LHLO, WELCOME),
        (RCPT, replies.NO_MAIL),
        ("DATA", replies.NO_MAIL),
        (MAIL, replies.SENDER_OK),
        ("DATA", replies.NO_RECIPIENT),
        (MAIL, replies.NESTED_MAIL),
    ],
    "RSET forgets": [
        (LHLO, WELCOME),
        (MAIL, replies.SENDER_OK),
        (RCPT, replies.RECIPIENT_OK),
        ("RSET", replies.OK),
        ("DATA", replies.NO_MAIL),
        (MAIL, replies.SENDER_OK),
        ("DATA", replies.NO_RECIPIENT),
    ],
    "LHLO forgets": [(LHLO, WELCOME), (MAIL, replies.SENDER_OK), (LHLO, WELCOME), (RCPT, replies.NO_MAIL)],
    "small verbs": [
        ("NOOP", replies.OK),
        ("NOOP with words", replies.OK),
        ("VRFY dev@example.org", replies.CANNOT_VERIFY),
        ("HELP", replies.HELP),
        ("RSET now", replies.NO_ARGUMENT),
    ],
    "what is not there": [
        ("STARTTLS", replies.UNKNOWN_COMMAND),
        ("AUTH PLAIN AGEAYg==", replies.UNKNOWN_COMMAND),
        ("EXPN dev", replies.UNKNOWN_COMMAND),
        ("BDAT 10 LAST", replies.UNKNOWN_COMMAND),
        ("", replies.UNKNOWN_COMMAND),
        ("LHLOx", replies.UNKNOWN_COMMAND),
    ],
    "broken arguments": [
        (LHLO, WELCOME),
        ("MAIL", replies.BAD_MAIL),
        ("MAIL FROM:bart@example.com", replies.BAD_MAIL),
        ("MAIL TO:<bart@example.com>", replies.BAD_MAIL),
        ("MAIL FROM:<bart>", replies.BAD_SENDER),
        (MAIL, replies.SENDER_OK),
        ("RCPT", replies.BAD_RCPT),
        ("RCPT FROM:<dev@example.org>", replies.BAD_RCPT),
        ("RCPT TO:<dev>", replies.BAD_RECIPIENT),
        ("RCPT TO:<>", replies.UNKNOWN_MAILBOX),
        ("RCPT TO:<dev@example.org> NOTIFY=NEVER", replies.BAD_PARAMETER),
        (RCPT, replies.RECIPIENT_OK),
        ("DATA now", replies.NO_ARGUMENT),
    ],
    "parameters of MAIL": [
        (LHLO, WELCOME),
        ("MAIL FROM:<> BODY=BINARYMIME", replies.BAD_MAIL),
        ("MAIL FROM:<> SMTPUTF8=yes", replies.BAD_MAIL),
        ("MAIL FROM:<> SIZE=big", replies.BAD_MAIL),
        ("MAIL FROM:<> SIZE=", replies.BAD_MAIL),
        ("MAIL FROM:<> RET=HDRS", replies.BAD_PARAMETER),
        ("MAIL FROM:<> SIZE=10001", replies.TOO_LARGE),
        ("MAIL FROM:<> SIZE=" + "9" * 4000, replies.TOO_LARGE),
        ("MAIL FROM:<> SIZE=10000 BODY=8BITMIME SMTPUTF8", replies.SENDER_OK),
    ],
    "internationalised addresses": [
        (LHLO, WELCOME),
        ("MAIL FROM:<bärt@bücher.example> SMTPUTF8", replies.SENDER_OK),
        ("RCPT TO:<dev+größe@example.org>", replies.RECIPIENT_OK),
        ("RCPT TO:<größe@example.org>", replies.UNKNOWN_MAILBOX),
    ],
    "the end": [("QUIT", replies.BYE)],
}  # fmt: skip


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES)
def test_dialogue(client: Client, dialogue: list[tuple[str, str]]) -> None:
    answered = [(line, client.ask(line)) for line, _ in dialogue]

    assert answered == dialogue


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES)
def test_dialogue_in_one_segment(client: Client, dialogue: list[tuple[str, str]]) -> None:
    client.send("".join(f"{line}\r\n" for line, _ in dialogue).encode())

    assert client.replies(len(dialogue)) == [reply for _, reply in dialogue]


BROKEN_LINES = {
    "bare LF": b"NOOP\n",
    "bare CR": b"NOOP\rNOOP\r\n",
    "NUL": b"NOOP \0\r\n",
    "escape": b"NOOP \x1b[2J\r\n",
    "not UTF-8": b"NOOP \xff\r\n",
    "invisible": "NOOP \u2028\r\n".encode(),
}


@pytest.mark.parametrize("line", BROKEN_LINES.values(), ids=BROKEN_LINES)
def test_broken_line_leaves_the_session_usable(client: Client, line: bytes) -> None:
    client.send(line)

    assert client.reply() == replies.BAD_LINE
    assert client.ask("NOOP") == replies.OK


def test_greeting_names_the_host(client: Client) -> None:
    assert client.greeting == f"220 {socket.gethostname()} LMTP Posthouse"


def test_quit_closes(client: Client) -> None:
    client.ask("QUIT")

    assert client.reply() is None


def test_unknown_mailboxes_are_refused_and_the_session_goes_on(client: Client, letter: bytes, message_id: str) -> None:
    answers = client.begin("nobody@example.org", "dev@elsewhere.example", "dev-nonsense@example.org", "dev@example.org")
    client.send(letter + b".\r\n")

    assert answers == [replies.UNKNOWN_MAILBOX] * 3 + [replies.RECIPIENT_OK, replies.GO_AHEAD]
    assert codes([client.reply()]) == ["250"]
    assert kept(message_id) == [letter]


def test_reply_names_the_arrival(client: Client, letter: bytes, message_id: str) -> None:
    [answer] = client.deliver(letter, "dev@example.org")

    assert answer == replies.KEPT.format(arrival=Arrival.objects.get(message_id=message_id).pk)


def test_list_deleted_between_rcpt_and_data(client: Client, letter: bytes, message_id: str) -> None:
    doomed = make_list("doomed")
    client.begin("dev@example.org", "doomed@example.org")
    doomed.delete()
    client.send(letter + b".\r\n")

    assert codes(client.replies(2)) == ["250", "550"]
    assert client.ask("NOOP") == replies.OK
    assert kept(message_id) == [letter]


def test_changes_of_lists_are_seen_in_time(client: Client) -> None:
    for line in (LHLO, MAIL):
        client.ask(line)
    assert client.ask("RCPT TO:<late@example.org>") == replies.UNKNOWN_MAILBOX

    late = make_list("late")
    time.sleep(REMEMBERED)
    assert client.ask("RCPT TO:<late@example.org>") == replies.RECIPIENT_OK

    late.delete()
    time.sleep(REMEMBERED)
    assert client.ask("RCPT TO:<late@example.org>") == replies.UNKNOWN_MAILBOX


@pytest.mark.feature("core.lmtp.plus-detail")
def test_text_behind_a_plus_is_detail_and_an_alias_domain_counts(
    client: Client, letter: bytes, message_id: str
) -> None:
    addresses = (
        "dev+anything@example.org",
        "dev-bounces+ann=example.com@example.org",
        "dev-confirm+TOKEN@example.org",
        "ops@alias.example",
    )

    assert codes(client.deliver(letter, *addresses)) == ["250"] * 4

    found = Arrival.objects.filter(message_id=message_id).order_by("pk").values_list("mlist__list_id", "role", "detail")
    assert list(found) == [
        ("dev.example.org", Role.POST, "anything"),
        ("dev.example.org", Role.BOUNCES, "ann=example.com"),
        ("dev.example.org", Role.CONFIRM, "TOKEN"),
        ("ops.example.org", Role.POST, ""),
    ]


def test_repeat_is_answered_like_a_letter(client: Client, letter: bytes, message_id: str) -> None:
    first = client.deliver(letter, "dev@example.org", "ops@example.org")
    again = client.deliver(b"Received: by mx.example.com\r\n" + letter, "ops@example.org", "dev@example.org")

    assert codes(first) == ["250", "250"]
    assert again == [replies.KEPT_ALREADY] * 2
    assert kept(message_id) == [letter] * 2


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_size_limit(client: Client, letter: bytes, message_id: str, extra: int) -> None:
    whole = letter + b"x" * (10_000 + extra - len(letter) - 2) + b"\r\n"

    answers = client.deliver(whole, "dev@example.org", "ops@example.org")

    if extra > 0:
        assert answers == [replies.TOO_LARGE] * 2
        assert kept(message_id) == []
        assert codes(client.deliver(letter, "dev@example.org")) == ["250"]
    else:
        assert codes(answers) == ["250", "250"]
        assert kept(message_id) == [whole] * 2


def test_one_reply_per_recipient_when_we_fail(client: Client, letter: bytes, message_id: str) -> None:
    with armed("intake.before-commit=raise"):
        answers = client.deliver(letter, "dev@example.org", "ops@example.org", "dev-owner@example.org")

    assert answers == [replies.TROUBLE] * 3
    assert kept(message_id) == []
    assert codes(client.deliver(letter, "dev@example.org")) == ["250"]


def test_whole_session_in_one_segment(client: Client, letter: bytes, message_id: str) -> None:
    transaction = f"{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode() + letter + b".\r\n"
    client.send(f"{LHLO}\r\n".encode() + transaction + transaction + b"QUIT\r\n")

    assert codes(client.replies(10)) == ["250-", "250", "250", "354", "250", "250", "250", "354", "250", "221"]
    assert client.reply() is None
    assert kept(message_id) == [letter]


def test_client_that_has_said_its_last_hears_its_replies(client: Client, letter: bytes, message_id: str) -> None:
    client.send(f"{LHLO}\r\n{MAIL}\r\n{RCPT}\r\nDATA\r\n".encode() + letter + b".\r\n")
    client.socket.shutdown(socket.SHUT_WR)

    assert codes(client.replies(6)) == ["250-", "250", "250", "354", "250", "gone"]
    assert kept(message_id) == [letter]


def test_letter_without_its_end_is_nothing(client: Client, door: Door, letter: bytes, message_id: str) -> None:
    client.begin("dev@example.org")
    client.send(letter)
    client.socket.shutdown(socket.SHUT_WR)
    assert client.reply() is None

    with Client(door.address) as other:
        assert codes(other.deliver(letter, "dev@example.org")) == ["250"]
    assert kept(message_id) == [letter]


ENDS = {"CR": b"\r", "LF": b"\n", "CRLF": b"\r\n", "CRCRLF": b"\r\r\n", "LFCR": b"\n\r", "nothing": b""}


@pytest.mark.parametrize("after", ENDS)
@pytest.mark.parametrize("before", ENDS)
def test_nothing_can_be_smuggled(client: Client, letter: bytes, message_id: str, before: str, after: str) -> None:
    """Only CRLF.CRLF ends a letter. What any other sequence of line ends and dots carries, is text of the one letter."""
    text = letter + b"text" + ENDS[before] + b"." + ENDS[after]
    smuggled = b"MAIL FROM:<dora@example.com>\r\nRCPT TO:<ops@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\n"
    client.begin("dev@example.org", "ops@example.org")
    client.send(text + smuggled + b".\r\n")

    assert codes(client.replies(2)) == ["250", "250"]
    if text.endswith(b"\r\n.\r\n"):  # the real end: what follows are commands, as the client itself says
        assert codes(client.replies(4)) == ["250", "250", "354", "250"]
        expected = text.removesuffix(b".\r\n")
    else:
        expected = (text + smuggled).replace(b"\r\n.", b"\r\n")
    assert kept(message_id) == [expected] * 2
    assert client.ask("NOOP") == replies.OK


def test_very_long_line_is_kept(lists: None, letter: bytes, message_id: str) -> None:
    long = letter + b"x" * 1_100_000 + b"\r\n"

    with open_door() as door, Client(door.address) as client:
        assert codes(client.deliver(long, "dev@example.org")) == ["250"]

    assert kept(message_id) == [long]
