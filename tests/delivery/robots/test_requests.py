"""Mail to -request: which letters are obeyed, which lines are read, and how the robot answers."""

import base64
from itertools import pairwise
from typing import Any

import pytest

from archives.enums import State
from lists.models import MailingList
from tests.support.factories import make_list, make_member
from tests.support.posting import arrive, letter
from tests.support.robots import Heard, ask, ask_raw, heard, last_arrival

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = "dev-request@example.org"


@pytest.fixture(autouse=True)
def dev() -> MailingList:
    """Bart is a member."""
    mlist = make_list("dev", description="What we do")
    make_member(mlist, "bart@example.com")
    return mlist


def echoed(answers: list[Heard]) -> list[str]:
    """What the commands `echo` of the letter said, from its one answer."""
    [answer] = answers
    lines = answer.text.splitlines()
    return [after.strip() for line, after in pairwise(lines) if line.lower().startswith("> echo")]


def section(answer: Heard, head: str) -> list[str]:
    """The lines below this one, up to the next blank one."""
    lines = answer.text.splitlines()
    below = lines[lines.index(head) + 1 :]
    return [line.strip() for line in below[: below.index("")]]


@pytest.mark.feature("core.robot.request-parsing")
class TestReading:
    def test_subject_and_text_are_read(self) -> None:
        assert echoed(ask("echo one", "echo two\n\n  ECHO three\nEcho Four\n")) == ["one", "two", "three", "Four"]

    @pytest.mark.parametrize(
        "subject", ["echo x", "Re: echo x", "AW: Re: echo x", "Re[2]: ECHO x", "=?utf-8?q?echo_x?="]
    )
    def test_the_subject_is_decoded_and_its_reply_marks_are_skipped(self, subject: str) -> None:
        assert echoed(ask(subject)) == ["x"]

    def test_a_mark_nobody_knows_before_the_command(self) -> None:
        [answer] = ask("[Auto] echo x")
        assert "> [Auto] echo x\n  x\n" in answer.text

    def test_re_help(self) -> None:
        [answer] = ask("Re: help")
        assert "> help" in answer.text.splitlines()

    def test_ten_lines_are_read_and_the_others_named_as_ignored(self) -> None:
        [answer] = ask("", "\n".join(f"echo {number}\n" for number in range(12)))
        assert echoed([answer]) == [str(number) for number in range(10)]
        assert section(answer, "Ignored:") == ["echo 10", "echo 11"]

    def test_the_operator_says_how_many_lines(self, settings: Any) -> None:
        settings.EMAIL_COMMANDS_MAX_LINES = 2
        assert echoed(ask("echo 0", "echo 1\necho 2\necho 3\n")) == ["0", "1", "2"]

    @pytest.mark.parametrize(
        ("kind", "encoding", "body"),
        [
            ("text/html; charset=utf-8", "8bit", b"<html><body><p>echo 1</p><div>echo <b>2</b></div></body></html>"),
            ("text/plain; charset=utf-8", "base64", base64.encodebytes(b"echo 1\r\necho 2\r\n")),
            ("text/plain; charset=utf-8", "quoted-printable", b"echo=201=\r\n\r\necho =32\r\n"),
            ("text/plain; charset=utf-16", "base64", base64.encodebytes("echo 1\necho 2".encode("utf-16"))),
        ],
    )
    def test_html_and_transfer_encodings(self, kind: str, encoding: str, body: bytes) -> None:
        head = (
            f"From: bart@example.com\r\nTo: {REQUEST}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}"
        )
        assert echoed(ask_raw(head.encode() + b"\r\n\r\n" + body)) == ["1", "2"]

    def test_only_the_first_text_of_a_multipart(self) -> None:
        head = f'From: bart@example.com\r\nTo: {REQUEST}\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        parts = "".join(
            f"--b\r\nContent-Type: {kind}\r\n\r\necho {number}\r\n"
            for number, kind in enumerate(("text/html", "text/plain", "text/plain"))
        )
        assert echoed(ask_raw(f"{head}{parts}--b--\r\n".encode())) == ["1"]


@pytest.mark.feature("core.robot.echo-end")
@pytest.mark.parametrize("ending", ["end", "END", "stop", "-- ", "--"])
def test_nothing_behind_the_end_is_run(ending: str) -> None:
    [answer] = ask("", f"echo a b\n{ending}\necho c\nBart\n")
    assert echoed([answer]) == ["a b"]
    assert section(answer, "Ignored:")[-2:] == ["echo c", "Bart"]


def test_quoted_lines_are_no_commands() -> None:
    [answer] = ask("", "echo a\n> echo b\n>> echo c\n")
    assert echoed([answer]) == ["a"]
    assert section(answer, "Ignored:") == ["> echo b", ">> echo c"]


@pytest.mark.feature("core.robot.results")
def test_the_answer(dev: MailingList) -> None:
    [answer] = ask(
        "echo one",
        "make tea\necho two\nend\nSecret plans\n",
        sender="Bart <bart@example.com>",
        envelope="bart@example.com",
    )
    arrival = last_arrival()
    assert (answer.to, answer.envelope_sender, answer.sender) == (
        "bart@example.com",
        "dev-bounces@example.org",
        "dev-owner@example.org",
    )
    assert answer.field("Auto-Submitted") == "auto-replied"
    assert answer.field("In-Reply-To") == f"<{arrival.message_id}>"
    assert "This is what became of the commands in your mail to dev-request@example.org." in answer.words
    lines = [line.strip() for line in answer.text.splitlines()]
    assert [line for line in lines if line.startswith(("From:", "To:", "Subject:", "Message-ID:"))] == [
        "From: Bart <bart@example.com>",
        "To: dev-request@example.org",
        "Subject: echo one",
        f"Message-ID: <{arrival.message_id}>",
    ]
    assert echoed([answer]) == ["one", "two"]
    assert section(answer, "Not understood:") == ["make tea"]
    assert section(answer, "Ignored:") == ["Secret plans"]
    assert answer.raw.count(b"Content-Type:") == 1  # nothing is attached
    assert (arrival.state, heard()) == (State.DISTRIBUTED, [])


def test_a_mail_without_any_command_is_answered_in_one_sentence_and_little_of_it_goes_back() -> None:
    [answer] = ask("Buy this", "Wonderful offers " * 30 + "\n" + "buy buy\n" * 500)
    assert "There was no command in it." in answer.words
    assert len(answer.text) < 4_000
    assert "    and 471 more lines" in answer.text.splitlines()


def test_passwords_and_tokens_do_not_go_back() -> None:
    token = "0123456789abcdef" * 2 + "01234567"
    [answer] = ask("what", f"Approved: geheim\n> Approve: geheim\nmy token is {token}\n", approved="geheim")
    assert "geheim" not in answer.words
    assert token not in answer.words
    assert section(answer, "Not understood:") == ["what", "my token is 012345..."]


@pytest.mark.feature("core.runner.command")
class TestWhoIsObeyed:
    def test_a_letter_is_executed_once(self) -> None:
        raw = letter(subject="echo x", to=REQUEST)
        assert echoed(ask_raw(raw)) == ["x"]
        assert ask_raw(raw) == []

    @pytest.mark.parametrize("precedence", ["bulk", "junk", "list", "Bulk"])
    def test_bulk_mail_is_dropped_unless_it_asks_for_an_answer(self, precedence: str) -> None:
        assert ask("echo x", precedence=precedence) == []
        assert last_arrival().state == State.DISCARDED
        assert echoed(ask("echo x", precedence=precedence, x_ack="yes")) == ["x"]

    def test_nobody_is_answered(self) -> None:
        assert ask("echo x", envelope="<>") == []
        assert last_arrival().state == State.DISCARDED
        assert ask_raw(letter(subject="echo x", sender="", to=REQUEST), sender="<>") == []

    @pytest.mark.parametrize(
        "field",
        [
            {"auto_submitted": "auto-replied"},
            {"list_id": "<other.example.com>"},
            {"return_path": "<>"},
            {"content_type": "multipart/report; report-type=delivery-status"},
        ],
    )
    def test_machines_give_no_orders(self, field: dict[str, str]) -> None:
        assert ask("echo x", **field) == []
        assert last_arrival().state == State.DISCARDED

    @pytest.mark.parametrize("field", [{"x_ack": "no"}, {"x_auto_response_suppress": "All"}])
    def test_who_wants_no_answer_gets_none(self, field: dict[str, str]) -> None:
        assert ask("echo x", **field) == []
        assert last_arrival().state == State.DISTRIBUTED

    @pytest.mark.parametrize(
        "sender", ["dev@example.org", "dev-owner@example.org", "other-join@example.org", "dev+x@example.org"]
    )
    def test_our_own_addresses_are_not_answered(self, sender: str) -> None:
        make_list("other")
        assert ask("echo x", sender=sender, envelope="bart@example.com") == []

    def test_the_sender_is_who_from_says(self) -> None:
        [answer] = ask("help", envelope="bart+robot@example.com", reply_to="dora@example.com")
        assert answer.to == "bart@example.com"


def test_a_stranger_gets_so_many_answers_a_day_and_a_member_more(settings: Any) -> None:
    settings.AUTORESPONSES_PER_DAY = 3
    for number in range(6):
        arrive(letter(subject="echo x", sender=f"D{'o' if number % 2 else 'O'}ra@example.com", to=REQUEST), REQUEST)
        arrive(letter(subject="echo x", to=REQUEST), REQUEST)
    answers = heard()
    to_dora = [answer for answer in answers if answer.to == "dora@example.com"]
    assert sorted(answer.subject for answer in to_dora) == [
        "No more notices from dev@example.org today",
        *["dev@example.org: the results of your commands"] * 3,
    ]
    assert len(answers) - len(to_dora) == 6


def test_zero_is_any_number(settings: Any) -> None:
    settings.AUTORESPONSES_PER_DAY = 0
    assert [len(ask("echo x", sender="dora@example.com")) for _ in range(3)] == [1, 1, 1]
