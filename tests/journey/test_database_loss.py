"""A PostgreSQL that crashes and stays away for a while under load: nobody's mail is lost, nobody has to do anything."""

import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import run
from tests.support.lmtp import Address, Client
from tests.support.ports import free_ports
from tests.support.requires import on_sqlite, requires_postgresql
from tests.support.servers import PrivatePostgresql, private_postgresql
from tests.support.site import site
from tests.support.smtpd import CapturingServer
from tests.support.waiting import PATIENCE, wait_until

pytestmark = [on_sqlite, requires_postgresql]  # it brings a database of its own; once is enough

LIST = "dev@example.org"
MEMBERS = [f"{name}@example.com" for name in ("anne", "bart", "cris")]
AWAY = 10.0
"""Seconds without a database: longer than the pool, the workers' heartbeat and the sweep wait."""


@pytest.fixture
def database() -> Iterator[PrivatePostgresql]:
    with private_postgresql(free_ports(1)[0]) as server:
        yield server


def manage(database: PrivatePostgresql, state: Path, *words: str, stdin: bytes = b"") -> None:
    where = {"POSTHOUSE_STATE": str(state), "POSTHOUSE_DATABASE_URL": database.url}
    with run(words, where, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        _, complaint = process.communicate(stdin, timeout=PATIENCE)
    assert process.returncode == 0, complaint.decode()


class Mta(threading.Thread):
    """Hands in ten posts a second as an MTA does: what was answered 4xx comes again."""

    def __init__(self, door: Address) -> None:
        super().__init__(daemon=True)
        self.door, self.over = door, threading.Event()
        self.codes: Counter[str] = Counter()
        self.accepted: list[str] = []

    def run(self) -> None:
        number = 0
        while not self.over.wait(0.1):
            number += 1
            while not self.offer(f"loss{number}@example.com"):
                time.sleep(0.5)

    def offer(self, message_id: str) -> bool:
        fields = ("From: anne@example.com", f"To: {LIST}", "Subject: Tea", f"Message-ID: <{message_id}>", "", "Hello.")
        letter = "".join(f"{line}\r\n" for line in fields).encode()
        with Client(self.door) as client:
            replies = client.begin(LIST, sender="anne@example.com")
            if replies[1] and replies[1].startswith("354"):
                client.send(letter + b".\r\n")
                replies = [client.reply()]
        code = (replies[0] or "gone")[:3]
        self.codes[code] += 1
        if code == "250":
            self.accepted.append(message_id)
        return code == "250"


@pytest.mark.feature("ops.database-loss")
def test_a_database_that_goes_away_under_load_costs_nothing_but_time(
    database: PrivatePostgresql, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    manage(database, state, "migrate", "-v0")
    manage(database, state, "createdomain", "example.org")
    manage(database, state, "createlist", LIST)
    manage(database, state, "addmembers", LIST, "-", stdin="\n".join(MEMBERS).encode())

    with (
        CapturingServer() as world,
        site(state, relay=world.port, POSTHOUSE_DATABASE_URL=database.url) as posthouse,
    ):
        before = posthouse.children()
        mta = Mta(posthouse.lmtp)
        mta.start()
        world.wait_for(30)
        database.stop()
        time.sleep(AWAY)
        database.start()
        answered = sum(mta.codes.values())
        wait_until(lambda: sum(mta.codes.values()) > answered + 20, "mail after the database")
        mta.over.set()
        mta.join()
        wait_until(lambda: copies(world) == expected(mta), "every copy once")

        assert set(mta.codes) == {"250", "451"}, mta.codes
        assert posthouse.children() == before, posthouse.log()


def expected(mta: Mta) -> Counter[tuple[str, str]]:
    return Counter((message_id, member) for message_id in mta.accepted for member in MEMBERS)


def copies(world: CapturingServer) -> Counter[tuple[str, str]]:
    """How often each post has come to each member."""
    found: Counter[tuple[str, str]] = Counter()
    for delivery in list(world.deliveries):
        message_id = delivery.content.partition(b"\nMessage-ID: <")[2].partition(b">")[0].decode()
        found[message_id, delivery.recipient] += 1
    return found
