"""Whole-site figures: a real `manage.py up` between a load generator and an SMTP sink.

    POSTHOUSE_BENCH=<folder of the harness> python tests/benchmarks/bench_site.py [--database URL] [--postgres-pid PID] [case ...]

The harness is a folder with `smtp_sink.py`, `e2e.py`, `procstat.py` and `mailgen.py` (any that speak their options will do);
without it this script says so and ends. Cases: base intake bulk verp latency answers bounces idle
statements. Each prints its figures as JSON lines.
CPU seconds are those of all processes of the site, and of the database server where its pid is given.
"""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LMTP, WEB, SINK, CONTROL = 18824, 18800, 12725, 12726
HOST = "lists.example.com"
LISTS = {"l1": 1, "l100": 100, "l10000": 10_000, "v10000": 10_000}
CASES = ("base", "intake", "bulk", "verp", "latency", "answers", "bounces", "idle", "statements")


class Site:
    """A site of its own in a temporary folder, with the lists of the cases."""

    def __init__(self, harness: Path, database: str, postgres: int | None) -> None:
        self.harness, self.postgres = harness, postgres
        self.state = Path(tempfile.mkdtemp(prefix="posthouse-bench-"))
        self.environment = os.environ | {
            "POSTHOUSE_STATE": str(self.state),
            "POSTHOUSE_DATABASE_URL": database or f"sqlite:///{self.state}/posthouse.sqlite3",
            "POSTHOUSE_LMTP_PORT": str(LMTP),
            "POSTHOUSE_WEB_PORT": str(WEB),
            "POSTHOUSE_RELAY_URL": f"smtp://127.0.0.1:{SINK}",
            "POSTHOUSE_LOG_LEVEL": "WARNING",
        }

    def manage(self, *words: str, stdin: str = "") -> str:
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        done = subprocess.run(command, env=self.environment, input=stdin, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    def set_up(self) -> None:
        sys.path.insert(0, str(self.harness))
        from mailgen import make_authors  # type: ignore[import-not-found]

        self.manage("migrate", "-v0")
        self.manage("collectstatic", "-v0", "--noinput")
        self.manage("createdomain", HOST)
        for name, members in LISTS.items():
            self.manage("createlist", f"{name}@{HOST}")
            people = "".join(f'"{person}" <{address}>\n' for person, address in make_authors(members))
            self.manage("addmembers", f"{name}@{HOST}", "-", stdin=people)
        change = (
            "from lists.models import MailingList as M; M.objects.update(max_message_size=0, max_num_recipients=0);"
            "M.objects.filter(list_name='v10000').update(personalize=1)"
        )
        self.manage("shell", "-v0", "-c", change)

    @contextmanager
    def up(self, **environment: str) -> Iterator[int]:
        """All processes; yields the parent's pid."""
        log = (self.state / "up.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "up"], env=self.environment | environment, stdout=log, stderr=log
        )
        try:
            wait_for_port(LMTP)
            time.sleep(3)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def pids(self, up: int) -> str:
        return ",".join(str(pid) for pid in (up, self.postgres) if pid)

    def load(self, up: int, label: str, name: str, messages: int, *words: str) -> dict[str, object]:
        """One run of the end-to-end load generator; its report."""
        members = LISTS[name]
        done = subprocess.run(
            [
                sys.executable, str(self.harness / "e2e.py"), "--to", f"127.0.0.1:{LMTP}", "--control", f"127.0.0.1:{CONTROL}",
                "--lists", f"{name}@{HOST}", "--members", str(members), "--messages", str(messages),
                "--pids", self.pids(up), "--label", label, "--run", label.replace("/", "-") + str(time.time_ns()),
                "--seed", str(time.time_ns() % 100_000), "--idle", "60", *words,
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not done.stdout:
            raise SystemExit(done.stderr)
        return json.loads(done.stdout.splitlines()[0])


def wait_for_port(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"Nobody came to port {port}.")


@contextmanager
def sink(harness: Path) -> Iterator[None]:
    command = [sys.executable, str(harness / "smtp_sink.py"), "--port", str(SINK), "--control", str(CONTROL), "--track"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(CONTROL)
        yield
    finally:
        process.terminate()
        process.wait()


def say(label: str, **figures: object) -> None:
    print(json.dumps({"label": label} | figures), flush=True)


def base(site: Site) -> None:
    """A post to one member: all processes' CPU, a backlog of 300."""
    with site.up() as up:
        report = site.load(up, "base/l1", "l1", 300, "--conns", "4")
        say("base", cpu_ms_per_post=report["cpu_ms_per_msg"], **_kept(report))


def intake(site: Site) -> None:
    """The listener alone: CPU for each message at 20 connections."""
    with subprocess.Popen([sys.executable, str(ROOT / "manage.py"), "lmtp"], env=site.environment) as door:
        try:
            wait_for_port(LMTP)
            postgres, site.postgres = site.postgres, None
            report = site.load(door.pid, "intake/l1", "l1", 1000, "--conns", "20", "--no-drain")
            site.postgres = postgres
            say("intake", cpu_ms_per_message=report["cpu_ms_per_msg"], accept=report["accept"])
        finally:
            door.terminate()
    site.manage("drain", "--seconds", "120")


def bulk(site: Site) -> None:
    """One rendering to 10,000 members."""
    _fan_out(site, "bulk", "l10000")


def verp(site: Site) -> None:
    """An own copy and return path for each of 10,000 members."""
    _fan_out(site, "verp", "v10000")


def _fan_out(site: Site, label: str, name: str) -> None:
    with site.up() as up:
        site.load(up, f"{label}/warm", name, 1, "--conns", "1")
        report = site.load(up, f"{label}/{name}", name, 3, "--conns", "1", "--rate", "1")
        say(label, cpu_us_per_recipient=report["cpu_us_per_delivery"], first=report["first_rcpt_s"], **_kept(report))


def latency(site: Site) -> None:
    """From the first byte of the transaction to the only member's copy, on an idle site: 100 posts, two a second."""
    with site.up() as up:
        report = site.load(up, "latency/l1", "l1", 100, "--conns", "1", "--rate", "2", "--poll", "0.5")
        say("latency", seconds=report["e2e_s"], **_kept(report))


def answers(site: Site) -> None:
    """From 250 till a bounce is scored, and till the answer to a join is at the relay, on an idle site: 100 each."""
    code = (ROOT / "tests" / "benchmarks" / "time_answers.py").read_text()
    with site.up():
        print(site.manage("shell", "-v0", "-c", code), end="", flush=True)


def bounces(site: Site) -> None:
    """10,000 bounces from LMTP to their members' scores: CPU of everything."""
    code = (ROOT / "tests" / "benchmarks" / "hand_in_bounces.py").read_text()
    with site.up() as up:
        print(site.manage("shell", "-v0", "-c", code, stdin=f"{site.harness}\n{site.pids(up)}\n"), end="", flush=True)


def idle(site: Site) -> None:
    """Memory (PSS) and CPU of everything after a quiet minute."""
    with site.up() as up:
        time.sleep(60)
        watch = [sys.executable, str(site.harness / "procstat.py"), "--pids", site.pids(up), "--watch", "20"]
        say("idle", **json.loads(subprocess.run(watch, capture_output=True, text=True, check=True).stdout))


def statements(site: Site) -> None:
    """SQL statements from LMTP to the outbox's last word, for a backlog of 100 and for a lone post."""
    code = (ROOT / "tests" / "benchmarks" / "count_statements.py").read_text()
    print(site.manage("shell", "-v0", "-c", code), end="", flush=True)


def _kept(report: dict[str, object]) -> dict[str, object]:
    return {name: report[name] for name in ("complete", "short", "dup", "msgs_per_s")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="", help="an empty PostgreSQL database; SQLite without it")
    parser.add_argument("--postgres-pid", type=int, help="the server's main process, whose CPU counts as well")
    parser.add_argument("cases", nargs="*", default=CASES)
    options = parser.parse_args()
    harness = Path(os.environ.get("POSTHOUSE_BENCH", ""))
    if not (harness / "e2e.py").is_file():
        raise SystemExit("POSTHOUSE_BENCH names no folder with the load generator: nothing was measured.")
    site = Site(harness, options.database, options.postgres_pid)
    site.set_up()
    with sink(harness):
        for case in options.cases:
            globals()[case](site)


if __name__ == "__main__":
    main()
