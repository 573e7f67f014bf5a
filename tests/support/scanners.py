"""Scanners for tests: real ones from Debian's packages, and a server that says what the test wants said."""

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.ports import free_port, listens
from tests.support.requires import program
from tests.support.waiting import PATIENCE, wait_until

Answer = Callable[[bytes], bytes | None]
"""What was sent so far -> the whole answer, or None while there is more to come."""


@contextmanager
def scanner(answer: Answer) -> Iterator[str]:
    """Where it listens, as host:port. It ends each connection behind its answer, and keeps one open where it has none."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stopping = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, answer, stopping), name="scanner")
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            stopping.set()
            thread.join()


def _serve(server: socket.socket, answer: Answer, stopping: threading.Event) -> None:
    while not stopping.is_set():
        with suppress(OSError):
            sock, _ = server.accept()
            with sock:
                _converse(sock, answer, stopping)


def _converse(sock: socket.socket, answer: Answer, stopping: threading.Event) -> None:
    sock.settimeout(0.1)
    received = b""
    while not stopping.is_set():
        with suppress(TimeoutError):
            piece = sock.recv(65536)
            if not piece:
                stopping.wait()
                return
            received += piece
            told = answer(received)
            if told is not None:
                sock.sendall(told)
                return


@contextmanager
def spamd(folder: Path) -> Iterator[str]:
    """A SpamAssassin of the test's own, with Debian's rules and no network."""
    port = free_port()
    words = ["-i", "127.0.0.1", "-p", str(port), "-L", "-x", "-m", "1", "--min-children=1", "-u", "nobody"]
    words += ["-H", str(folder), "-s", "stderr"]
    with _running([program("spamd") or "spamd", *words], folder / "spamd.log", port):
        yield f"127.0.0.1:{port}"


RSPAMD = """\
.include "$CONFDIR/common.conf"
options {{ pidfile = "{folder}/pid"; tempdir = "{folder}";
    dns {{ nameserver = ["127.0.0.1:{nobody}"]; timeout = 0.1s; retransmits = 1; }} }}
logging {{ type = "console"; level = "error"; }}
worker {{ type = "normal"; bind_socket = "127.0.0.1:{port}"; count = 1; }}
"""


@contextmanager
def rspamd(folder: Path) -> Iterator[str]:
    """An rspamd of the test's own, with Debian's rules; its DNS answers nothing."""
    port = free_port()
    (folder / "rspamd.conf").write_text(RSPAMD.format(folder=folder, port=port, nobody=free_port()))
    words = ["--no-fork", "--insecure", "-c", str(folder / "rspamd.conf")]
    words += [f"--var={name}={folder}" for name in ("DBDIR", "RUNDIR", "LOGDIR")]
    with _running([program("rspamd") or "rspamd", *words], folder / "rspamd.log", port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _running(command: list[str], log: Path, port: int) -> Iterator[None]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file)
    try:
        _wait_for(port, process, log)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    def said() -> str:
        return log.read_text("utf-8", "replace")[-2000:]

    wait_until(lambda: listens(port) or process.poll() is not None, said)
    assert process.poll() is None, said()
