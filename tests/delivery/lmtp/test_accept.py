"""The plain function inside the door, and the thread that feeds it: no socket."""

import asyncio
from collections.abc import Sequence

import pytest

from archives.enums import Origin
from archives.services.intake import Incoming
from delivery.lmtp import replies, writer
from delivery.lmtp.intake import accept
from delivery.lmtp.writer import QueueFull, Writer
from lists.addressing import resolve
from suite.common.failpoints import armed
from tests.delivery.lmtp.conftest import kept

pytestmark = pytest.mark.usefixtures("lists")


def incoming(raw: bytes, *recipients: str) -> Incoming:
    recipients = recipients or ("dev@example.org",)
    return Incoming(raw, "bart@example.com", tuple(map(resolve, recipients)), recipients, Origin.LMTP)


def poison(raw: bytes) -> Incoming:
    """A letter that cannot be stored, through nobody's fault but its own: an address is missing."""
    return Incoming(
        raw, "", tuple(map(resolve, ["dev@example.org", "ops@example.org"])), ("dev@example.org",), Origin.LMTP
    )


def test_letter_that_cannot_be_kept_fails_alone(letter: bytes, message_id: str) -> None:
    answers = accept([incoming(letter), poison(b"X: poison\r\n" + letter), incoming(b"X: 2\r\n" + letter)])

    assert [[reply[:3] for reply in answer] for answer in answers] == [["250"], ["451", "451"], ["250"]]
    assert kept(message_id) == [letter, b"X: 2\r\n" + letter]


def test_trouble_is_logged_with_its_cause_and_never_told(letter: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with armed("intake.before-commit=raise"):
        assert accept([incoming(letter, "dev@example.org", "ops@example.org")]) == [[replies.TROUBLE] * 2]

    assert "Tripped: intake.before-commit" in caplog.text


def store_all(letters: Sequence[Incoming]) -> list[list[str] | BaseException]:
    """What sessions hear that bring these letters at the same time."""

    async def run() -> list[list[str] | BaseException]:
        thread = Writer()
        answers = await asyncio.gather(*map(thread.store, letters), return_exceptions=True)
        await thread.close()
        return answers

    return asyncio.run(run())


def numbered(letter: bytes, count: int) -> list[Incoming]:
    return [incoming(b"X-Number: %d\r\n" % number + letter) for number in range(count)]


def test_letters_that_wait_share_a_commit(letter: bytes, message_id: str, caplog: pytest.LogCaptureFixture) -> None:
    """All at once, or, where the thread has begun with the first ones, the others behind them."""
    letters = numbered(letter, 30)

    with armed("intake.before-insert=sleep:0.3"), caplog.at_level("DEBUG", "delivery.lmtp.writer"):
        answers = store_all(letters)

    groups = [record.args for record in caplog.records if record.name == "delivery.lmtp.writer"]
    assert len(groups) in (1, 2)
    assert [answer[0][:3] for answer in answers if isinstance(answer, list)] == ["250"] * 30
    assert kept(message_id) == [one.raw for one in letters]


@pytest.mark.parametrize(("name", "value"), [("MOST_BYTES", 1), ("MOST_LETTERS", 1)])
def test_commit_has_its_bounds(
    letter: bytes,
    message_id: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: int,
) -> None:
    monkeypatch.setattr(writer, name, value)

    with caplog.at_level("DEBUG", "delivery.lmtp.writer"):
        store_all(numbered(letter, 3))

    assert [record.args for record in caplog.records if record.name == "delivery.lmtp.writer"] == [(1,)] * 3
    assert len(kept(message_id)) == 3


@pytest.mark.parametrize("bound", ["MOST_WAITING", "MOST_BYTES_WAITING"])
def test_full_queue_takes_no_more(letter: bytes, message_id: str, monkeypatch: pytest.MonkeyPatch, bound: str) -> None:
    letters = numbered(letter, 4)
    monkeypatch.setattr(writer, bound, 2 if bound == "MOST_WAITING" else 2 * len(letters[0].raw))

    first, second, third, fourth = store_all(letters)

    assert [type(answer) for answer in (first, second, third, fourth)] == [list, list, QueueFull, QueueFull]
    assert kept(message_id) == [one.raw for one in letters[:2]]


def test_bell_that_cannot_be_rung_takes_nothing_back(letter: bytes, message_id: str) -> None:
    with armed("lmtp.before-bell=raise"):
        [answer] = store_all([incoming(letter)])

    assert isinstance(answer, list)
    assert answer[0][:3] == "250"
    assert kept(message_id) == [letter]
