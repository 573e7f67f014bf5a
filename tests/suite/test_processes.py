"""`manage.py up` and its children, as an operator meets them: real processes on a small SQLite site of their own."""

import os
import re
import shlex
import shutil
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.environment import ROOT
from tests.support.ports import free_port
from tests.support.smtpd import CapturingServer
from tests.support.waiting import PATIENCE, wait_until

CHILDREN = {"posthouse-lmtp", "posthouse-work", "posthouse-send", "posthouse-sweep", "posthouse-web"}
STATION = ("anne", "bart", "cris", "ella", "finn", "gwen")  # members of station@lists.example.org
POST = b"From: Bart <bart@example.com>\r\nTo: station@lists.example.org\r\nSubject: %s\r\n\r\nIt rains.\r\n"


@dataclass
class Site:
    """A site of a test's own: its state folder, its ports, and the `up` that runs it."""

    state: Path
    web_port: int = field(default_factory=free_port)
    lmtp_port: int = field(default_factory=free_port)
    relay_port: int = 1  # where nobody listens

    def manage(self, *words: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("POSTHOUSE_")} | {
            "POSTHOUSE_STATE": str(self.state),
            "POSTHOUSE_WEB_PORT": str(self.web_port),
            "POSTHOUSE_LMTP_PORT": str(self.lmtp_port),
            "POSTHOUSE_RELAY_URL": f"smtp://127.0.0.1:{self.relay_port}",
            "POSTHOUSE_LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        log = (self.state / "log").open("a")
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)

    def up(self) -> subprocess.Popen[str]:
        """Started and ready."""
        process = self.manage("up")
        assert process.stdout
        assert any("ready" in line for line in process.stdout), (self.state / "log").read_text()
        return process

    def refused(self, *words: str) -> str:
        """What the command said when it did not start."""
        (self.state / "log").unlink(missing_ok=True)
        process = self.manage(*words)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 1
        return (self.state / "log").read_text().strip()

    def send(self, subject: bytes) -> None:
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as door:
            door.sendmail("bart@example.com", ["station@lists.example.org"], POST % subject)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Closed at once: who closes the last connection removes files, and must not do so while the folder is copied."""
        with closing(sqlite3.connect(self.state / "posthouse.sqlite3", timeout=PATIENCE)) as database, database:
            return database.execute(sql).fetchall()

    def fate(self, subject: str) -> object:
        """The state of the arrival with this subject; None before it is there."""
        rows = self.query("SELECT a.state, l.raw FROM archives_arrival a JOIN archives_letter l ON l.id = a.letter_id")
        return next((state for state, raw in rows if f"Subject: {subject}\r\n".encode() in bytes(raw)), None)


class Running(NamedTuple):
    """A site, the pid of its `up`, and the relay that takes its mail."""

    site: Site
    pid: int
    relay: CapturingServer


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of a site after `first_run --demo`."""
    site = Site(tmp_path_factory.mktemp("seeded"))
    process = site.manage("first_run", "--demo")
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, (site.state / "log").read_text()
    return site.state


@pytest.fixture
def site(seeded: Path, tmp_path: Path) -> Site:
    shutil.copytree(seeded, tmp_path / "state")
    return Site(tmp_path / "state")


@contextmanager
def while_up(site: Site) -> Iterator[subprocess.Popen[str]]:
    """Its `up`, killed at the end where it still runs."""
    with site.up() as process:
        try:
            yield process
        finally:
            process.kill()  # its children follow it


@pytest.fixture
def up(site: Site) -> Iterator[subprocess.Popen[str]]:
    """The site's processes, for tests that end them."""
    with while_up(site) as process:
        yield process


@pytest.fixture(scope="module")
def running(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """For tests that leave it running."""
    state = tmp_path_factory.mktemp("running") / "state"
    shutil.copytree(seeded, state)
    with CapturingServer() as relay:
        site = Site(state, relay_port=relay.port)
        with site.up() as process:
            yield Running(site, process.pid, relay)
            process.kill()


def test_site_answers_when_it_says_that_it_is_ready(running: Running) -> None:
    site = running.site
    with urllib.request.urlopen(f"http://127.0.0.1:{site.web_port}/accounts/login/", timeout=PATIENCE) as page:
        assert page.status == 200
    site.send(b"Ready")
    wait_until(lambda: site.fate("Ready") == "distributed")


def test_second_parent_on_the_same_state_is_refused(running: Running) -> None:
    site, pid, _ = running
    said = site.refused("up")
    assert said == (
        f"Another `manage.py up` (process {pid}) runs with the state folder {site.state}. Stop it first, or choose "
        "another folder with POSTHOUSE_STATE."
    )
    assert children(pid).keys() == CHILDREN


def test_lost_task_delays_a_post_but_does_not_lose_it(running: Running) -> None:
    site = running.site
    wait_until(lambda: site.query("SELECT count(*) FROM django_q_ormq") == [(0,)])
    site.query("INSERT OR REPLACE INTO common_bell (kind, rung, rung_at) VALUES ('judge', 1, datetime('now'))")
    site.send(b"Unheard")  # finds the bell rung, and so calls nobody
    wait_until(lambda: site.fate("Unheard") == "distributed")


@pytest.mark.feature("ops.no-broker-loss")
def test_broker_that_is_emptied_again_and_again_loses_nothing(running: Running) -> None:
    site, _, relay = running
    subjects = [f"Wiped {number}" for number in range(100)]
    for number, subject in enumerate(subjects):
        site.send(subject.encode())
        if number % 10 == 9:
            site.query("DELETE FROM django_q_ormq")
    wanted = {(subject, f"{name}@example.com") for subject in subjects for name in STATION}
    wait_until(lambda: wanted <= copies(relay).keys())
    assert {copy: count for copy, count in copies(relay).items() if copy in wanted and count != 1} == {}


def test_child_that_is_killed_is_started_again(running: Running) -> None:
    site, parent, _ = running
    before = children(parent)
    assert set(before) == CHILDREN
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: children(parent).keys() == CHILDREN and not children(parent).items() & before.items())
    wait_until(lambda: accepts(site.lmtp_port))
    site.send(b"Again")
    wait_until(lambda: site.fate("Again") == "distributed")


def test_nobody_outlives_a_parent_that_is_killed(site: Site, up: subprocess.Popen[str]) -> None:
    wait_until(lambda: len(family(up.pid)) >= 14)  # two clusters of five, two web workers below their master
    everybody = family(up.pid)
    up.kill()
    up.wait()
    wait_until(lambda: not any(alive(pid) for pid in everybody))
    with site.up() as successor:  # neither lock nor ports are held
        successor.kill()


def test_sigterm_ends_all_of_it_in_good_order(site: Site, up: subprocess.Popen[str]) -> None:
    everybody = family(up.pid)
    up.send_signal(signal.SIGTERM)
    assert up.wait(PATIENCE) == 0
    assert not [pid for pid in everybody if alive(pid)]
    assert "killed" not in (site.state / "log").read_text()


def test_sighup_loses_no_line_of_the_audit_trail(site: Site) -> None:
    """C39: each point of a member's score has its row, whenever the processes were told to end."""
    scored = "SELECT id FROM lists_membership WHERE bounce_score = 1"
    with CapturingServer(refuse={"": "550 5.1.1 no such user"}) as relay:
        site.relay_port = relay.port
        with while_up(site) as up:
            site.send(b"Refused")
            wait_until(lambda: site.fate("Refused") == "distributed")
            up.send_signal(signal.SIGHUP)
            assert up.wait(PATIENCE) == 0
        with while_up(site):
            wait_until(lambda: len(site.query(scored)) == len(STATION))
    told = site.query("SELECT subject FROM common_event WHERE kind = 'member.bounced' ORDER BY subject")
    assert told == [(f"{name}@example.com",) for name in STATION]


def test_taken_port_is_said_in_one_sentence(site: Site) -> None:
    with socket.create_server(("127.0.0.1", site.lmtp_port)):
        said = site.refused("up")
    assert said == (
        f"The address 127.0.0.1:{site.lmtp_port}, where lmtp is to listen, is taken by another program. Stop that program, "
        "or set POSTHOUSE_LMTP_PORT to another."
    )


def test_database_that_is_not_migrated_is_said_in_one_sentence(site: Site) -> None:
    for path in site.state.glob("posthouse.sqlite3*"):
        path.unlink()
    said = site.refused("up")
    assert said == "The database is not up to date. Run `manage.py first_run`, which migrates it, and start again."


def test_first_run_keeps_the_log_in_to_itself(seeded: Path) -> None:
    note = seeded / "demo-login.txt"
    assert note.stat().st_mode & 0o777 == 0o600
    assert note.read_text().startswith("anne@example.com\n")


def test_seeded_lists_tell_when_they_were_last_written_to(seeded: Path) -> None:
    """The overview agrees with the archives, although all was made a moment ago."""
    told = Site(seeded).query("SELECT list_id, last_post_at FROM lists_mailinglist WHERE last_post_at IS NOT NULL")
    threads = """SELECT l.list_id, max(t.last_post_at) FROM archives_thread t JOIN archives_archive a ON a.id = t.archive_id
        JOIN lists_mailinglist l ON l.id = a.mlist_id GROUP BY l.list_id"""
    assert dict(told) == dict(Site(seeded).query(threads)) != {}


def test_post_says_what_traces_it(running: Running) -> None:
    process = running.site.manage("post", "station@lists.example.org", "Sleet")
    said, _ = process.communicate(timeout=PATIENCE)
    assert said.startswith("anne@example.com has posted to station@lists.example.org. What becomes of it is told by\n")
    command = shlex.split(said.partition("\n")[2])
    assert [str(Path(command[0]).absolute()), *command[1:3]] == [sys.executable, str(ROOT / "manage.py"), "trace"]
    wait_until(lambda: running.site.fate("Sleet") == "distributed")
    told, _ = running.site.manage(*command[2:]).communicate(timeout=PATIENCE)
    assert "Arrival" in told and "station.lists.example.org" in told


def copies(relay: CapturingServer) -> Counter[tuple[str, str]]:
    """How often each (subject without the list's prefix, recipient) was delivered."""
    subject = re.compile(rb"^Subject: \[Station\] (.*)\r$", re.MULTILINE)
    return Counter(
        (found[1].decode(), delivery.recipient)
        for delivery in list(relay.deliveries)
        if (found := subject.search(delivery.content))
    )


def accepts(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def processes() -> Iterator[tuple[int, int, str, str]]:
    """(pid, parent's pid, name, state) of every process there is."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = path.read_text().partition(" (")
        except OSError:
            continue
        name, _, columns = rest.rpartition(") ")
        yield int(pid), int(columns.split()[1]), name, columns[0]


def children(parent: int) -> dict[str, int]:
    """Name to pid."""
    return {name: pid for pid, ppid, name, state in processes() if ppid == parent and state != "Z"}


def family(root: int) -> set[int]:
    """All descendants."""
    parents = {pid: ppid for pid, ppid, _, _ in processes()}
    found, new = set[int](), {root}
    while new := {pid for pid, ppid in parents.items() if ppid in new}:
        found |= new
    return found


def alive(pid: int) -> bool:
    return any(pid == found and state != "Z" for found, _, _, state in processes())
