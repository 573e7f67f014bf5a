"""Which archivers there are, by the names that Mailman gives them, and which of them a list's posts go to."""

from django.conf import settings

from delivery.archivers.base import Archiver
from delivery.archivers.mail_archive import MailArchive
from delivery.archivers.mbox import Mbox
from delivery.archivers.mhonarc import Mhonarc
from delivery.archivers.prototype import Prototype
from lists.models import MailingList

_ALL: tuple[Archiver, ...] = (Prototype(), Mbox(), Mhonarc(), MailArchive())
ARCHIVERS: dict[str, Archiver] = {archiver.name: archiver for archiver in _ALL}


def of_site() -> dict[str, Archiver]:
    """Those that the site has switched on (settings.ARCHIVERS), in its order."""
    return {name: ARCHIVERS[name] for name in settings.ARCHIVERS if name in ARCHIVERS}


def of_list(mlist: MailingList) -> dict[str, Archiver]:
    """Those that site and list have switched on, and that take posts of such a list."""
    if not settings.ARCHIVERS or not mlist.archivers:
        return {}
    return {name: archiver for name, archiver in of_site().items() if name in mlist.archivers and archiver.takes(mlist)}
