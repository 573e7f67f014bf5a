from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.header_fields import found_in, read_checks
from moderation.verdicts import Hit


class SuspiciousHeader:
    """A line of bounce_matching_headers, as Mailman 2.1 had them, matches a field of the message's own header."""

    name: ClassVar[str] = "suspicious-header"
    title: ClassVar[str] = "A header field looks suspicious"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        for check in read_checks(mlist.bounce_matching_headers):
            value = found_in(letter.parsed.headers.texts(check.header), check.pattern)
            if value is not None:
                return Hit(
                    f"The field {check.header} matches {check.pattern!r}: {value[:100]!r}.",
                    "Your message has a header field that this list does not take.",
                )
        return None
