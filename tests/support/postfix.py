"""A Postfix of a test's own: Debian's programs, a configuration in a folder of its own, on loopback only.

    with postfix(lmtp=door_port, relay=server.port) as mta:
        mta.submit(letter, "bart@example.com", "dev@lists.example.org")
        mta.wait_for(r"status=sent")

Its main.cf is what docs/operator.md tells operators to write (`DOCUMENTED`), below what makes it a private instance and
spares tests the waiting.
"""

import re
import shutil
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.environment import ROOT
from tests.support.ports import free_port, listens
from tests.support.requires import program
from tests.support.waiting import PATIENCE, wait_until

INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.2"
"""Where a client of its `mynetworks` comes from, and where a stranger does."""

DOCUMENTED = (ROOT / "docs" / "operator.md").read_text().partition("## Connect Postfix\n")[2].split("```")[1]

PRIVATE = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/data/log
maillog_file_prefixes = {folder}
multi_instance_enable = yes
myhostname = mta.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.1/32
alias_maps =
alias_database =
disable_dns_lookups = yes
smtp_dns_support_level = disabled
relayhost = [127.0.0.1]:{relay}
smtpd_sender_restrictions = check_recipient_access texthash:{folder}/etc/moods
smtpd_delay_reject = yes
smtpd_peername_lookup = no
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
transport_retry_time = 1s
address_verify_poll_delay = 1s
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    port: int
    folder: Path

    def submit(self, letter: bytes, sender: str, *recipients: str, **options: str) -> None:
        """Hand over a letter as a mail client of this host does; fails when any recipient is refused."""
        with smtplib.SMTP("127.0.0.1", self.port, "client.example.com", PATIENCE) as client:
            refused = client.sendmail(sender, recipients, letter, mail_options=list(options.values()))
        assert refused == {}

    def ask(self, recipient: str, source: str = OUTSIDE) -> tuple[int, str]:
        """What a client that comes from there hears to RCPT."""
        with smtplib.SMTP("127.0.0.1", self.port, "client.example.com", PATIENCE, (source, 0)) as client:
            client.ehlo_or_helo_if_needed()
            client.mail("dora@example.com")
            code, text = client.rcpt(recipient)
        return code, text.decode()

    def log(self) -> str:
        path = self.folder / "data" / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_for(self, pattern: str, times: int = 1) -> None:
        """Until so many lines of its log match."""
        wait_until(
            lambda: len(re.findall(pattern, self.log())) >= times, lambda: f"{times} x {pattern!r} in {self.log()}"
        )

    def wait_for_empty_queue(self) -> None:
        """Until it has brought everything to an end."""
        queues = [self.folder / "queue" / name for name in ("maildrop", "incoming", "active", "deferred")]
        wait_until(lambda: not any(path.is_file() for one in queues for path in one.rglob("*")), "an empty queue")

    def refuse(self, moods: dict[str, str]) -> None:
        """From now on answer RCPT for these recipients so, and for no others."""
        (self.folder / "etc" / "moods").write_text("".join(f"{name} {reply}\n" for name, reply in moods.items()))
        before = self._listening()
        self.command("reload")
        wait_until(lambda: not before & self._listening(), "the end of those who know the former moods")

    def _listening(self) -> set[int]:
        """The processes that take mail over SMTP. Those that idle end soon after a reload, and may still take a session."""
        master = (self.folder / "queue" / "pid" / "master.pid").read_text().strip()
        children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return {int(pid) for pid in children if _name(pid) == "smtpd"}

    def command(self, *words: str) -> None:
        run([_program("postfix"), "-c", str(self.folder / "etc"), *words])


@contextmanager
def postfix(*, lmtp: int, relay: int, lines: str = "") -> Iterator[Postfix]:
    """A Postfix that brings mail for the documented host to the one port and all other mail to the other.

    `lines` for main.cf stand in the place of the documented ones where given.
    """
    folder = Path(tempfile.mkdtemp(prefix="posthouse-postfix-"))
    folder.chmod(0o755)  # its daemons are no longer root when they look into it
    mta = Postfix(free_port(), folder)
    try:
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        documented = DOCUMENTED.replace("127.0.0.1:8024", f"127.0.0.1:{lmtp}")
        assert documented != DOCUMENTED
        (folder / "etc" / "main.cf").write_text(PRIVATE.format(folder=folder, relay=relay) + (lines or documented))
        (folder / "etc" / "master.cf").write_text(MASTER.format(port=mta.port))
        (folder / "etc" / "moods").touch()
        mta.command("start")
        try:
            wait_until(lambda: listens(mta.port), "an open port of Postfix")
            yield mta
        finally:
            mta.command("stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _name(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def run(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def _program(name: str) -> str:
    found = program(name)
    assert found, "a test that wants Postfix carries @requires_postfix"
    return found
