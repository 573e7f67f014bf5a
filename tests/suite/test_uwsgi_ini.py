"""deploy/uwsgi.ini: the web door behind nginx ends when it is told to, however early."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.environment import ROOT
from tests.support.ports import free_ports
from tests.support.waiting import PATIENCE, wait_until

AT_ONCE, IN_GOOD_ORDER = 15, 0
"""Its status where it was ended while it started, and later."""


class Door(NamedTuple):
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def hears(self) -> bool:
        """Whether SIGTERM means something to it by now."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        caught = next(line for line in lines if line.startswith("SigCgt:"))
        return bool(int(caught.split()[1], 16) >> signal.SIGTERM - 1 & 1)

    def listens(self) -> bool:
        """It does so before it has loaded the site, which takes a second or more."""
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def serves(self) -> bool:
        return "(master-start)" in self.log.read_text()


@contextmanager
def door(folder: Path) -> Iterator[Door]:
    [port] = free_ports(1)
    command = [str(Path(sys.executable).with_name("uwsgi")), "--ini", str(ROOT / "deploy" / "uwsgi.ini")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POSTHOUSE_")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--http-socket", f"127.0.0.1:{port}"],
            env=environment | {"POSTHOUSE_STATE": str(folder)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield Door(process, port, folder / "log")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize(
    ("ready", "statuses"),
    [(Door.hears, {AT_ONCE, IN_GOOD_ORDER}), (Door.listens, {AT_ONCE, IN_GOOD_ORDER}), (Door.serves, {IN_GOOD_ORDER})],
    ids=["hears", "listens", "serves"],
)
def test_sigterm_ends_it_at_any_time(tmp_path: Path, ready: Callable[[Door], bool], statuses: set[int]) -> None:
    with door(tmp_path) as site:
        wait_until(lambda: ready(site))
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(PATIENCE) in statuses
