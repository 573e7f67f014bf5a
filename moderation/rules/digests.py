import re
from itertools import islice
from typing import ClassVar

from django.conf import settings

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit
from suite.mail.content import body_text

LINES = 2_000
"""Lines of the text in which a digest's masthead is looked for."""

_SUBJECT = re.compile(r"\bdigest, vol \d+, issue \d+", re.IGNORECASE)
_QUOTE = "> |:\t"


class Digests:
    """An answer to a digest that does not say to which of its posts: it has the digest's subject, or quotes its masthead.

    Asked where the site wants it (HOLD_DIGEST).
    """

    name: ClassVar[str] = "digests"
    title: ClassVar[str] = "The message answers a whole digest"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        if not settings.HOLD_DIGEST:
            return None
        if _SUBJECT.search(letter.subject):
            why = "The subject is a digest's."
        elif _quoted(letter) >= settings.MASTHEAD_THRESHOLD:
            why = "The message quotes the beginning of a digest."
        else:
            return None
        return Hit(
            why,
            "Your message answers a whole digest. Please quote only what you answer, and take the subject of that post.",
        )


def _quoted(letter: Candidate) -> int:
    """How many lines of the masthead the text holds, quoted or not."""
    lines = islice(body_text(letter.parsed).splitlines(), LINES)
    return len(letter.facts.masthead & {line.strip(_QUOTE) for line in lines})
