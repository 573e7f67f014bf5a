from typing import ClassVar

from lists.enums import Action
from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.header_fields import SENDER, TEXT, first_match
from moderation.verdicts import DISPOSITIONS, Hit, Note


class HeaderMatch:
    """One of the list's own header checks finds its pattern; the first in the order of their positions decides.

    A check without an action of its own ends as the site's do. One whose action is defer is an exception: it keeps the later
    checks from being asked, and leaves the decision to the other rules.
    """

    name: ClassVar[str] = "header-match"
    title: ClassVar[str] = "A header field matches one of the list's checks"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | Note | None:
        senders = [sender.address for sender in letter.senders]
        found = first_match(letter.parsed, letter.facts.header_checks, senders)
        if found is None:
            return None
        check, value = found
        action = letter.facts.header_action if check.action is None else check.action
        if action is Action.DEFER:
            return Note("header-match", f"{check.header}: {check.pattern}")
        return Hit(
            f"{_named(check.header)} matches {check.pattern!r}: {value[:100]!r}.",
            "Your message looks like mail that this list does not take.",
            DISPOSITIONS[action],
        )


def _named(header: str) -> str:
    return {SENDER: "The sender", TEXT: "The text"}.get(header, f"The field {header}")
