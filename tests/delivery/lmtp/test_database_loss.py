"""The database goes away and comes back: sessions live on, clients hear 451 meanwhile, nothing is lost or doubled."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from delivery.lmtp import replies
from delivery.lmtp.directory import REMEMBERED
from tests.delivery.lmtp.conftest import kept
from tests.support.commands import database_url
from tests.support.lmtp import Client, Door, codes, door_process
from tests.support.proxies import Proxy
from tests.support.requires import on_postgresql

pytestmark = pytest.mark.usefixtures("lists")


@contextmanager
def far_database(tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The URL of a database that cannot be reached, and what makes it reachable: then it has the lists of the test's."""
    if connection.vendor == "sqlite":
        folder = tmp_path / "away"

        def bring() -> None:
            folder.mkdir()
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(folder / "db.sqlite3")])

        yield f"sqlite:///{folder}/db.sqlite3", bring
    else:
        with proxy() as way:
            way.cut()
            yield through(way), way.mend


def proxy() -> Proxy:
    where = connection.settings_dict
    return Proxy(where["HOST"], int(where["PORT"] or 5432))


def through(way: Proxy) -> str:
    where = connection.settings_dict
    return database_url().replace(f"@{where['HOST']}:{where['PORT'] or 5432}/", f"@127.0.0.1:{way.port}/")


@pytest.mark.feature("core.lmtp.rcpt")
def test_rcpt_is_answered_from_the_database_or_451(tmp_path: Path, letter: bytes) -> None:
    with (
        far_database(tmp_path) as (url, bring),
        door_process(POSTHOUSE_DATABASE_URL=url) as (door, _),
        Client(door.address) as client,
    ):
        answers = client.begin("dev@example.org", "nobody@example.org")
        assert answers == [replies.TROUBLE, replies.TROUBLE, replies.NO_RECIPIENT]

        bring()
        time.sleep(REMEMBERED)

        assert client.begin("dev@example.org", "nobody@example.org", "dev@elsewhere.example") == [
            replies.RECIPIENT_OK,
            replies.UNKNOWN_MAILBOX,
            replies.UNKNOWN_MAILBOX,
            replies.GO_AHEAD,
        ]
        client.send(letter + b".\r\n")
        assert codes([client.reply()]) == ["250"]


@contextmanager
def door_behind(way: Proxy) -> Iterator[tuple[Door, subprocess.Popen[bytes]]]:
    with door_process(POSTHOUSE_DATABASE_URL=through(way)) as found:
        yield found


@on_postgresql
def test_session_survives_the_loss_of_its_connections(letter: bytes, message_id: str) -> None:
    with proxy() as way, door_behind(way) as (door, _), Client(door.address) as client, Client(door.address) as other:
        assert codes(other.deliver(b"X: first\r\n" + letter, "dev@example.org")) == ["250"]
        assert client.begin("dev@example.org", "ops@example.org")[-1] == replies.GO_AHEAD
        way.cut()
        client.send(letter + b".\r\n")
        assert client.replies(2) == [replies.TROUBLE] * 2
        time.sleep(REMEMBERED)
        assert other.begin("dev@example.org") == [replies.TROUBLE, replies.NO_RECIPIENT]

        way.mend()
        time.sleep(REMEMBERED)

        for session in (client, other):
            assert codes(session.deliver(letter, "dev@example.org", "ops@example.org")) == ["250", "250"]
    assert kept(message_id) == [b"X: first\r\n" + letter, letter, letter]


@on_postgresql
def test_connections_that_died_while_nobody_wrote_are_replaced(letter: bytes, message_id: str) -> None:
    with proxy() as way, door_behind(way) as (door, _), Client(door.address) as client:
        assert codes(client.deliver(b"X: first\r\n" + letter, "dev@example.org")) == ["250"]
        way.cut()
        way.mend()

        assert codes(client.deliver(letter, "ops@example.org")) == ["250"]
    assert kept(message_id) == [b"X: first\r\n" + letter, letter]
