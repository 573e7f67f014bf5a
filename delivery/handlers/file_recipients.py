import logging
from pathlib import Path
from typing import ClassVar

from django.conf import settings

from delivery.draft import Draft, Recipient
from lists.models import MailingList
from suite.mail import addresses

log = logging.getLogger(__name__)


class FileRecipients:
    """Address the post to whom the list's file names, a mailbox a line: for lists whose members another program keeps.

    The file is lists/<list-id>/members.txt in the state folder. Empty lines and those that begin with # are skipped, so are lines
    that are no address, with a word in the log; without the file nobody gets the post.
    """

    name: ClassVar[str] = "file-recipients"
    title: ClassVar[str] = "Address the post to the mailboxes in the list's file"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        found: dict[str, Recipient] = {}
        for line in lines(members_file(mlist)):
            mailboxes = [one for one in addresses.parse_mailboxes(line) if addresses.is_valid(one.address)]
            if not mailboxes:
                log.warning("list=%s %r in its file is no address", mlist.list_id, line)
            for mailbox in mailboxes:
                found.setdefault(addresses.key(mailbox.address), (None, mailbox.address, mailbox.name))
        draft.recipients = list(found.values())


def members_file(mlist: MailingList) -> Path:
    return settings.STATE / "lists" / mlist.list_id / "members.txt"


def lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
