"""The files of the MTA that POSTHOUSE_MTA names: made, compared, and replaced whole or not at all.

One process writes at a time, and reads the lists after it has the lock, so that the last to write has seen them all.
"""

import fcntl
import ipaddress
import logging
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from delivery.mta import maddy, mox, others, postfix, stalwart
from delivery.mta.book import Book, Door
from delivery.services import relays
from delivery.smtp import Relay
from suite.common.errors import SuiteError

log = logging.getLogger(__name__)

Files = dict[str, str]
"""Name in the folder to content."""
_LOGIN = re.compile(r"[\w.+=~-]+@[\w.-]+")


class MtaError(SuiteError):
    """The files cannot be made or written."""

    code = "mta-files"


def _postfix(book: Book, door: Door, folder: Path, *, size: int) -> Files:
    return postfix.files(book, door, folder, map_type=settings.MTA_MAP_TYPE, size=size)


def _stalwart(book: Book, door: Door, folder: Path, *, size: int) -> Files:
    """It bounces what it would have to relay to a loopback address; at any other, the door lets in whom it is told to."""
    if door.is_socket or _is_loopback(door.host) or not settings.LMTP_PEERS:
        raise MtaError(
            "Stalwart relays to no Unix socket and to no loopback address: let POSTHOUSE_LMTP_HOST be another address of "
            "this host, and POSTHOUSE_LMTP_PEERS name the network that Stalwart comes from."
        )
    return stalwart.files(book, door, folder, size=size, account=_account("Stalwart"))


def _mox(book: Book, door: Door, folder: Path, *, size: int) -> Files:
    return mox.files(book, door, folder, size=size, account=_account("mox"))


def _account(mta: str) -> Relay:
    """Our relay, which knows us by a mail address. Its configuration has that address between quotes."""
    relay = relays.default().relay
    if not _LOGIN.fullmatch(relay.username):
        raise MtaError(f"{mta} takes mail from accounts only: POSTHOUSE_RELAY_URL must have one, a mail address.")
    return relay


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


MTAS: dict[str, Callable[..., Files]] = {
    "postfix": _postfix,
    "exim": others.exim,
    "sendmail": others.sendmail,
    "qmail": others.qmail,
    "opensmtpd": others.opensmtpd,
    "maddy": maddy.files,
    "mox": _mox,
    "stalwart": _stalwart,
}
"""What POSTHOUSE_MTA may name, beside nothing at all."""
MODES = {"exim_": 0o644, "mox_fetchmailrc": 0o600}
"""How a name begins to the file's mode, whatever our umask. Exim reads its files after it has become a user of its own; they
name hosts, and no list. fetchmail reads no file that others may read. All else is read by root."""


def wanted(mta: str) -> Files:
    """The files as they should be. 2 statements. Raises MtaError for an MTA we do not know."""
    if mta not in MTAS:
        raise MtaError(f"POSTHOUSE_MTA is one of {', '.join(MTAS)}, or empty; {mta!r} is none of them.")
    if settings.MTA_MAP_TYPE not in postfix.MAP_TYPES:
        raise MtaError(f"POSTHOUSE_MTA_MAP_TYPE is one of {', '.join(postfix.MAP_TYPES)}.")
    return MTAS[mta](Book.read(), Door.of_site(), settings.MTA_FOLDER, size=settings.MESSAGE_SIZE_LIMIT)


def differing(mta: str) -> list[str]:
    """Names of files that are missing or say something else than they should."""
    return [name for name, text in _with_left_over(wanted(mta)).items() if not _is_current(name, text)]


def write(mta: str) -> list[str]:
    """Bring the folder up to date; the names of files that were replaced. Raises MtaError; no file is half written then."""
    with _alone():
        files = _with_left_over(wanted(mta))
        stale = [name for name, text in files.items() if not _is_current(name, text)]
        for name in stale:
            _replace(name, files[name])
        if stale and settings.MTA_COMMAND:
            _run(shlex.split(settings.MTA_COMMAND), "POSTHOUSE_MTA_COMMAND")
    return stale


def refresh() -> None:
    """Write what POSTHOUSE_MTA names, if anything. What goes wrong is logged: the sweep tries again within the hour."""
    if not settings.MTA:
        return
    try:
        changed = write(settings.MTA)
    except (MtaError, OSError) as error:
        log.error("mta=%s its files are not up to date: %s", settings.MTA, error)
    else:
        if changed:
            log.info("mta=%s wrote %s", settings.MTA, " ".join(changed))


def refresh_after_commit() -> None:
    """Once, however many lists a transaction makes. Whatever happens, the change itself stands."""
    if settings.MTA and not any(function is refresh for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(refresh, robust=True)


def _with_left_over(files: Files) -> Files:
    """Postfix's map of aliases stays, empty, when the last alias goes: main.cf may still name it."""
    if postfix.LMTP in files and (settings.MTA_FOLDER / postfix.ALIASES).exists():
        return {postfix.ALIASES: "# No domain has an alias.\n"} | files
    return files


def _is_current(name: str, text: str) -> bool:
    path = settings.MTA_FOLDER / name
    try:
        return path.read_text() == text and (not (made := _compiled(path)) or made.exists())
    except (FileNotFoundError, UnicodeDecodeError):
        return False


def _compiled(path: Path) -> Path | None:
    """What postmap makes of a map of Postfix."""
    ending = postfix.COMPILED.get(settings.MTA_MAP_TYPE)
    return path.with_name(path.name + ending) if ending and path.name in postfix.MAPS else None


def _replace(name: str, text: str) -> None:
    """Beside its place first; a map is compiled there too, and takes its place before its text does."""
    path: Path = settings.MTA_FOLDER / name
    draft = path.with_name(f".{name}.new")
    try:
        with draft.open("w") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        for start, mode in MODES.items():
            if name.startswith(start):
                draft.chmod(mode)
        if made := _compiled(path):
            _postmap(draft)
            draft.with_name(draft.name + made.suffix).replace(made)
        draft.replace(path)
    except OSError as error:
        raise MtaError(f"Cannot write {path}: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


def _postmap(path: Path) -> None:
    program = shutil.which("postmap", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        raise MtaError("postmap is missing: install Postfix on this host, or set POSTHOUSE_MTA_MAP_TYPE to texthash.")
    _run([program, f"{settings.MTA_MAP_TYPE}:{path}"], "postmap")


def _run(command: list[str], called: str) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own words, or postmap on a path of ours; no shell
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MtaError(f"{called} failed: {error}") from error
    if done.returncode:
        raise MtaError(f"{called} failed: {(done.stderr or done.stdout).strip()}")


@contextmanager
def _alone() -> Iterator[None]:
    folder: Path = settings.MTA_FOLDER
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o711)  # whatever our umask: an MTA passes through, and lists nothing
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise MtaError(f"Cannot write to {folder} (POSTHOUSE_MTA_FOLDER): {error.strerror}.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
