"""Servers of a test run's own: on sockets nobody else uses, gone when the test is."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.requires import postgresql_programs, program
from tests.support.waiting import wait_until


@contextmanager
def private_redis(path: Path) -> Iterator[str]:
    """A Redis server that listens on this Unix socket only and keeps nothing; its URL."""
    server = program("redis-server")
    assert server, "a test that wants Redis carries @requires_redis"
    command = [server, "--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=path.parent) as process:
        try:
            _await_answer(path, process)
            yield f"unix://{path}"
        finally:
            process.terminate()


def _await_answer(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Return when the process takes connections at the path, which is there a moment before; fail when it died."""
    wait_until(lambda: _listens(path) or process.poll() is not None, f"{process.args!r}, which is to listen at {path}")
    assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


class PrivatePostgresql:
    """A PostgreSQL cluster of a test's own, on a free port of 127.0.0.1, that can be taken away and brought back."""

    def __init__(self, folder: Path, port: int) -> None:
        programs = postgresql_programs()
        assert programs, "a test that wants PostgreSQL's programs carries @requires_postgresql"
        self.programs, self.folder, self.port = programs, folder, port
        self.url = f"postgres://postgres@127.0.0.1:{port}/postgres"
        self._do("initdb", "--auth", "trust", "--username", "postgres", "--encoding", "UTF8", "--locale", "C.UTF-8")

    def start(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self._do("pg_ctl", "--wait", "--log", str(self.folder / "server.log"), "--options", options, "start")

    def stop(self) -> None:
        """At once, as a crash would; what was committed is there when it starts again."""
        self._do("pg_ctl", "--wait", "--mode", "immediate", "stop")

    def _do(self, name: str, *words: str) -> None:
        command = [str(self.programs / name), "--pgdata", str(self.folder / "data"), *words]
        user = "postgres" if os.geteuid() == 0 else None  # the server refuses to be root
        environment = os.environ | {"PGCTLTIMEOUT": "300"}  # seconds; recovery writes every file on a busy disk
        with (self.folder / "commands.log").open("a+b") as log:
            done = subprocess.run(
                command, user=user, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            log.seek(0)
            assert done.returncode == 0, f"{command}: {log.read().decode()}"


@contextmanager
def private_postgresql(port: int) -> Iterator[PrivatePostgresql]:
    """Where its user may be: pytest's own folders are closed to others."""
    with tempfile.TemporaryDirectory(prefix="posthouse-postgresql-") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        server = PrivatePostgresql(folder, port)
        server.start()
        try:
            yield server
        finally:
            server.stop()
