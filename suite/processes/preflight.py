"""What must be so before anything starts. Each check says in one sentence what is wrong and what to do about it."""

import contextlib
import errno
import fcntl
import importlib.util
import logging
import multiprocessing
import os
import socket
import stat
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from django import db
from django.conf import settings
from django.core import checks
from django.db.migrations.executor import MigrationExecutor

from suite.processes.table import Address, Process

log = logging.getLogger(__name__)

PATIENCE = 3.0  # seconds: what held a port may be dying this moment, or the database be starting


class NotReady(Exception):
    """Something has to be put right by a person first; the message says what."""


class Lock:
    """One `manage.py up` a state folder. The kernel frees it with its process, so that it is never stale."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "up.lock"
        self.handle = open_for_writing(self.path)

    def take(self) -> None:
        """Raises NotReady where somebody else has it, and keeps it: children of one who was just killed let go at once."""
        deadline = time.monotonic() + PATIENCE
        while not self._free():
            if time.monotonic() > deadline:
                pid = self.path.read_text().strip() or "unknown"
                raise NotReady(
                    f"Another `manage.py up` (process {pid}) runs with the state folder {self.path.parent}. Stop it first, "
                    "or choose another folder with POSTHOUSE_STATE."
                )
            time.sleep(0.05)
        os.ftruncate(self.handle, 0)
        os.pwrite(self.handle, f"{os.getpid()}\n".encode(), 0)

    def _free(self) -> bool:
        try:
            fcntl.flock(self.handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def forget(self) -> None:
        """In a child: it must not hold on to the lock when the parent is gone."""
        os.close(self.handle)


def open_for_writing(path: Path) -> int:
    try:
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NotReady(
            f"Cannot write to the state folder {path.parent}: {error.strerror}. Make it writable for this user, or choose "
            "another with POSTHOUSE_STATE."
        ) from error


def check_tools() -> None:
    if importlib.util.find_spec("pyuwsgi") is None:
        raise NotReady("uWSGI is missing: install the package pyuwsgi, or set up again with `make run`.")


def check_port(process: Process) -> None:
    """Nobody else listens where this process is about to."""
    if process.address is None:
        return
    deadline = time.monotonic() + PATIENCE
    while error := _trouble(process.address):
        if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
            raise NotReady(f"{_why(error, process.address, process.name)} set {process.setting} to another.")
        time.sleep(0.1)


def _trouble(address: Address) -> OSError | None:
    """Why one cannot listen there; None if one can."""
    if address.listens():
        return OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
    try:
        with socket.socket(address.family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if address.family != socket.AF_UNIX:  # its owner replaces a socket that nobody listens on
                probe.bind(address.where)
    except OSError as error:
        return error
    return None


def _why(error: OSError, address: Address, name: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"The address {address}, where {name} is to listen, is taken by another program. Stop that program, or"
    return f"The process {name} cannot listen on {address}: {error.strerror}. Unless that can be mended,"


def check_state() -> None:
    """The state folder can be written to; it is made where it is missing, and nobody else reads what is in it."""
    os.close(open_for_writing(Path(settings.STATE) / "up.lock"))
    check_privacy()


def check_privacy() -> None:
    """Others may pass through the state folder, as a web server does on its way to static files, and nothing more; what SQLite
    writes is not theirs at all. Raises NotReady where that cannot be mended."""
    make_private(Path(settings.STATE), 0o006)
    database = str(db.connection.settings_dict["NAME"])
    if db.connection.vendor != "sqlite" or database == ":memory:" or "mode=memory" in database:
        return
    flags = os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC
    with contextlib.suppress(OSError):  # no such folder: who connects says so
        os.close(os.open(database, flags, 0o600))  # its -wal and -shm get the same mode
    for path in (Path(f"{database}{end}") for end in ("", "-wal", "-shm")):
        if path.exists():
            make_private(path, 0o007)


def make_private(path: Path, bits: int) -> None:
    """Take these permissions from others where they have them, and say so. Raises NotReady where it is not ours to take."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & bits:
        return
    try:
        path.chmod(mode & ~bits)
    except OSError as error:
        raise NotReady(
            f"Other users of this host may read or write {path} (mode {mode:o}), and that cannot be changed here: "
            f"{error.strerror}. Run `chmod {mode & ~bits:o} {path}` as its owner, and start again."
        ) from error
    log.warning(
        "Other users of this host could read or write %s (mode %o). Its mode is %o now.", path, mode, mode & ~bits
    )


def apart(*among: Callable[[], None]) -> None:
    """Make these checks in a process of their own: what they read in, as migrations and the API, is not there for who is forked
    later. Raises NotReady with the sentence of the first that is not content."""
    forking = multiprocessing.get_context("fork")
    ours, theirs = forking.Pipe(duplex=False)
    process = forking.Process(target=_tell, args=(among, theirs))
    process.start()
    theirs.close()
    try:
        trouble = ours.recv()
    except EOFError:  # its traceback stands on stderr
        trouble = "What must be so before anything starts cannot be checked."
    process.join()
    if trouble:
        raise NotReady(trouble)


def _tell(among: tuple[Callable[[], None], ...], where: Connection) -> None:
    """That sentence; an empty one if all are content."""
    try:
        for check in among:
            check()
    except NotReady as error:
        where.send(str(error))
    else:
        where.send("")


def check_database_answers() -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            db.connection.ensure_connection()
            return
        except db.Error as error:
            db.connections.close_all()
            if time.monotonic() > deadline:
                raise NotReady(
                    f"The database does not answer: {_one_line(error)}. Check POSTHOUSE_DATABASE_URL."
                ) from error
            time.sleep(0.2)


def is_migrated() -> bool:
    executor = MigrationExecutor(db.connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def check_database() -> None:
    """It has all tables, and keeps what it has committed. What could be better is logged."""
    if not is_migrated():
        raise NotReady("The database is not up to date. Run `manage.py first_run`, which migrates it, and start again.")
    found = checks.run_checks(databases=["default"])
    for one in found:
        if not one.is_serious():
            log.warning("%s: %s", one.id, one.msg)
    broken = [one for one in found if one.is_serious()]
    if broken:
        raise NotReady(" ".join(f"{one.id}: {one.msg} {one.hint or ''}".strip() for one in broken))


def check_static_files() -> None:
    if not (Path(settings.STATIC_ROOT) / "staticfiles.json").exists():
        raise NotReady(
            "The static files are not collected. Run `manage.py first_run`, which collects them, and start again."
        )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
