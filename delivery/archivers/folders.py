"""Where archivers keep files: a folder for each archiver, in it one thing for each list."""

import os
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

from lists.models import MailingList


def place(archiver: str, mlist: MailingList) -> Path:
    """The list's own path. It is named after the list-id, which stays when the list gets another name."""
    return Path(settings.ARCHIVERS_FOLDER) / archiver / quote(mlist.list_id, safe="")


def settle(folder: Path) -> None:
    """What was made, renamed or removed in the folder is so on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
