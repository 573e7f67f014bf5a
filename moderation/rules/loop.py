import re
from typing import ClassVar
from urllib.parse import unquote

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit
from suite.mail import addresses

_MAILTO = re.compile(r"<\s*mailto:([^>?]*)", re.IGNORECASE)


class Loop:
    """The message has been through this list before: its List-Post names it (RFC 2369 §3.4), bare addresses count too."""

    name: ClassVar[str] = "loop"
    title: ClassVar[str] = "The message has been on this list before"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        own = addresses.key(mlist.posting_address)
        for value in letter.parsed.headers.texts("List-Post"):
            named = [unquote(address).strip() for address in _MAILTO.findall(value)] or [value.strip("<> \t")]
            if own in map(addresses.key, named):
                return Hit("The message has been on this list before.")
        return None
