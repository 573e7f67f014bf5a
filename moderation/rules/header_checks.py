from typing import ClassVar

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.header_fields import first_match
from moderation.verdicts import DISPOSITIONS, Hit


class HeaderChecks:
    """One of the site's header checks finds its pattern. It comes before those of the lists."""

    name: ClassVar[str] = "header-checks"
    title: ClassVar[str] = "A header field matches one of the site's checks"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        found = first_match(letter.parsed, letter.facts.site_checks)
        if found is None:
            return None
        check, value = found
        return Hit(
            f"The field {check.header} matches the site's check {check.pattern!r}: {value[:100]!r}.",
            "Your message looks like mail that this site does not take.",
            DISPOSITIONS[letter.facts.header_action],
        )
