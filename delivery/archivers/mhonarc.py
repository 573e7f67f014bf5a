import os
import shlex
import signal
import subprocess
import tempfile
from string import Template
from typing import ClassVar
from urllib.parse import quote

from django.conf import settings

from delivery.archivers.base import Copy, NotFiled
from delivery.archivers.folders import place
from lists.models import MailingList
from suite.mail import ids

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
"""What a command sees of our environment, which holds passwords."""
_SAID = 300


class Mhonarc:
    """A command that gets each post on its standard input: MHonArc, or any other.

    It is started without a shell. What is filled into it is the site's and the list's own; nothing of a letter stands
    in a command line.
    """

    name: ClassVar[str] = "mhonarc"
    title: ClassVar[str] = "A command that gets each post"

    def takes(self, mlist: MailingList) -> bool:
        return True

    def list_url(self, mlist: MailingList) -> str:
        facts = {name: quote(value, safe="@") for name, value in _facts(mlist).items()}
        return Template(settings.MHONARC_URL).safe_substitute(facts)

    def permalink(self, mlist: MailingList, message_id: str) -> str:
        base = self.list_url(mlist)
        return f"{base.rstrip('/')}/{ids.id_hash(message_id)}" if base else ""

    def file(self, copy: Copy) -> None:
        """An exit status of 0 means that the post is filed. One may come again after a crash."""
        folder = place(self.name, copy.mlist)
        if "list_dir" in Template(settings.MHONARC_COMMAND).get_identifiers():
            folder.mkdir(parents=True, exist_ok=True)
        facts = _facts(copy.mlist) | {"list_dir": str(folder)}
        words = [Template(word).safe_substitute(facts) for word in shlex.split(settings.MHONARC_COMMAND)]
        if not words:
            raise NotFiled("POSTHOUSE_MHONARC_COMMAND names no command.")
        _run(words, _environment(copy), copy.text)


def _facts(mlist: MailingList) -> dict[str, str]:
    return {
        "listname": mlist.list_name,
        "hostname": mlist.mail_host,
        "fqdn_listname": mlist.posting_address,
        "list_id": mlist.list_id,
        "archive_dir": str(settings.ARCHIVERS_FOLDER),
    }


def _environment(copy: Copy) -> dict[str, str]:
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {
        "LIST_ID": copy.mlist.list_id,
        "MESSAGE_ID_HASH": ids.id_hash(copy.message_id),
        "RENDERING_MODE": copy.rendering_mode.wire,
    }


def _run(words: list[str], environment: dict[str, str], text: bytes) -> None:
    """Raises NotFiled. What the command has started itself is killed with it when the time is up."""
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603 - the operator's own words; no shell
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise NotFiled(f"{words[0]} cannot be run: {error.strerror}.") from error
        try:
            process.communicate(text, timeout=settings.ARCHIVER_SECONDS)
        except subprocess.TimeoutExpired:
            raise NotFiled(f"{words[0]} took longer than {settings.ARCHIVER_SECONDS:g} s.") from None
        finally:
            _end(process)
        if process.returncode:
            said.seek(0)
            why = said.read(10_000).decode("utf-8", "replace").strip()[-_SAID:]
            raise NotFiled(f"{words[0]} ended with {process.returncode}: {why or 'without a word'}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
