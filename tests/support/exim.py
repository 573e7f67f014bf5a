"""An Exim of a test's own: Debian's program, on loopback only, configured with the very files that `manage.py mta` writes."""

import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port, listens
from tests.support.postfix import OUTSIDE
from tests.support.requires import program
from tests.support.waiting import PATIENCE, wait_until

CONFIGURATION = """
exim_path = {program}
primary_hostname = mta.example.org
spool_directory = {folder}/spool
log_file_path = {folder}/spool/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
keep_environment =
deliver_drop_privilege
tls_advertise_hosts =
acl_smtp_rcpt = check_rcpt
retry_interval_max = 1s
.include {files}/exim_main

begin acl
check_rcpt:
.include {files}/exim_acl
  deny message = relaying denied

begin routers
.include {files}/exim_routers

begin transports
.include {files}/exim_transports

begin retry
* * F,1h,1s
"""


@dataclass(frozen=True)
class Exim:
    port: int
    folder: Path

    def submit(self, letter: bytes, sender: str, *recipients: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, "client.example.com", PATIENCE) as client:
            assert client.sendmail(sender, recipients, letter) == {}

    def ask(self, recipient: str) -> tuple[int, str]:
        """What a stranger hears to RCPT."""
        with smtplib.SMTP("127.0.0.1", self.port, "client.example.com", PATIENCE, (OUTSIDE, 0)) as client:
            client.ehlo_or_helo_if_needed()
            client.mail("dora@example.com")
            code, text = client.rcpt(recipient)
        return code, text.decode()

    def log(self) -> str:
        logs = [path for path in sorted((self.folder / "spool").glob("*log")) if path.is_file()]
        return "".join(path.read_text(errors="replace") for path in logs)


@contextmanager
def exim(files: Path) -> Iterator[Exim]:
    """Exim with the files of this folder, running its queue each second."""
    folder = Path(tempfile.mkdtemp(prefix="posthouse-exim-"))
    folder.chmod(0o755)
    mta = Exim(free_port(), folder)
    found = program("exim4", "exim")
    assert found, "a test that wants Exim carries @requires_exim"
    try:
        (folder / "spool").mkdir()
        shutil.chown(folder / "spool", "Debian-exim")
        configuration = folder / "exim.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, files=files, port=mta.port, program=found))
        with (folder / "said").open("wb") as said:
            process = subprocess.Popen([found, "-C", str(configuration), "-bdf", "-q1s"], stdout=said, stderr=said)
        try:
            wait_until(lambda: listens(mta.port) or process.poll() is not None, "an open port of Exim")
            assert process.poll() is None, (folder / "said").read_text() + mta.log()
            yield mta
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
