"""A whole site for a test: `manage.py up`, with a state folder of its own, on the test database."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.commands import run
from tests.support.ports import free_ports
from tests.support.waiting import PATIENCE


@dataclass(frozen=True)
class Site:
    """Where its door is, the pid of its `up`, and the file where it logs warnings and errors."""

    lmtp: tuple[str, int]
    pid: int
    logfile: Path

    def log(self) -> str:
        return self.logfile.read_text(errors="replace")

    def children(self) -> dict[str, int]:
        """The processes that `up` looks after: name to pid."""
        pids = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return {Path(f"/proc/{pid}/comm").read_text().strip(): int(pid) for pid in pids}


@contextmanager
def site(state: Path, *, relay: int, **environment: str) -> Iterator[Site]:
    """Everything that `up` starts, ready, with a relay at this port of 127.0.0.1. Told to end when the test is through."""
    (state / "static").mkdir(parents=True)
    lmtp, web = (str(port) for port in free_ports(2))
    variables = {
        "POSTHOUSE_STATE": str(state),
        "POSTHOUSE_LMTP_PORT": lmtp,
        "POSTHOUSE_WEB_PORT": web,
        "POSTHOUSE_RELAY_URL": f"smtp://127.0.0.1:{relay}",
    } | environment
    nothing = subprocess.DEVNULL
    with run(["collectstatic", "--noinput"], variables, stdin=nothing, stderr=subprocess.PIPE) as collecting:
        _, complaint = collecting.communicate(timeout=PATIENCE)
        assert collecting.returncode == 0, complaint.decode()
    logfile = state / "log"
    with logfile.open("wb") as log, run(["up"], variables, stdin=nothing, stderr=log) as process:
        try:
            assert process.stdout is not None
            assert any(b"ready" in line for line in process.stdout), logfile.read_text()
            yield Site(("127.0.0.1", int(lmtp)), process.pid, logfile)
        finally:
            process.terminate()
