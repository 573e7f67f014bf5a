"""manage.py lmtp as a process: how it starts, and how it ends."""

import contextlib
import signal
import socket
import time
from pathlib import Path

import pytest

from delivery.lmtp import replies
from tests.delivery.lmtp.conftest import kept
from tests.support.commands import start
from tests.support.lmtp import Client, Door, codes, door_process
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("lists")


def wait_until_closed(door: Door) -> None:
    """Until nobody new is let in."""
    while True:
        with contextlib.suppress(ConnectionError), Client(door.address) as client:
            if client.greeting and client.greeting.startswith("220"):
                time.sleep(0.01)
                continue
        return


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_finishes_letters_on_their_way(letter: bytes, message_id: str, number: signal.Signals) -> None:
    with door_process() as (door, process), Client(door.address) as idle, Client(door.address) as busy:
        idle.begin("dev@example.org")
        idle.send(letter + b".\r\nMAIL FROM:<bart@example.com>\r\n")
        idle.replies(2)
        busy.begin("dev@example.org", "ops@example.org")
        busy.send(letter)

        process.send_signal(number)

        assert (idle.reply(), idle.reply()) == (replies.CLOSING, None)
        wait_until_closed(door)
        busy.send(b".\r\n")
        assert codes(busy.replies(3)) == ["250", "250", "421"]
        assert busy.reply() is None
        assert process.wait(PATIENCE) == 0
    assert kept(message_id) == [letter, letter]


def test_taken_port_gets_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start("lmtp", POSTHOUSE_LMTP_PORT=str(port)) as process:
            said, complaint = process.communicate(timeout=PATIENCE)

    assert (process.returncode, said) == (1, b"")
    assert complaint.decode().startswith(f"CommandError: The LMTP door cannot listen on 127.0.0.1:{port}: ")
    assert complaint.count(b"\n") == 1


def test_unix_socket(letter: bytes, message_id: str, tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    with socket.socket(socket.AF_UNIX) as leftover:
        leftover.bind(str(path))

    with door_process(POSTHOUSE_LMTP_HOST=str(path)) as (door, _), Client(door.address) as client:
        assert codes(client.deliver(letter, "dev@example.org")) == ["250"]
        with start("lmtp", POSTHOUSE_LMTP_HOST=str(path)) as second:
            _, complaint = second.communicate(timeout=PATIENCE)
        assert second.returncode == 1
        assert complaint.decode() == (
            f"CommandError: The LMTP door cannot listen on {path}: another process answers there.\n"
        )
        assert client.ask("NOOP") == replies.OK

    assert kept(message_id) == [letter]
