from typing import ClassVar

from delivery.draft import Draft
from delivery.signing import surviving
from lists.enums import DMARCMitigateAction, ReplyToMunging
from lists.models import MailingList
from moderation.facts import author_domains
from suite.mail import munging

NOTE, ALWAYS = "dmarc", "dmarc-always"
"""What the rule dmarc-mitigation leaves: the author's domain asks for it, or the list does it whatever the domain asks for."""


class Dmarc:
    """Make the post come from the list, where its author's domain forbids others to send in its name.

    Looked at last, when the list has changed what it wanted to change: a post whose signature still holds can prove where it
    comes from, and is left alone. The archive has the author's own From in any case: what it shows was cut before.
    """

    name: ClassVar[str] = "dmarc"
    title: ClassVar[str] = "Send in the list's name where the author's domain asks for it"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if mlist.dmarc_mitigate_action != DMARCMitigateAction.MUNGE_FROM or mlist.anonymous_list:
            return
        always = ALWAYS in draft.notes or mlist.dmarc_mitigate_unconditionally
        if not always and (NOTE not in draft.notes or _is_proved(draft)):
            return
        answers = "Reply-To" if mlist.reply_goes_to_list == ReplyToMunging.NO_MUNGING else "Cc"
        munging.munge_from(draft.headers, mlist.display_name, mlist.posting_address, answers=answers)


def _is_proved(draft: Draft) -> bool:
    """Whether every author's domain has signed what goes out; what was found is remarked."""
    domains = author_domains(draft.candidate.parsed)
    missing = surviving.unproved(draft.headers.to_bytes() + draft.body, domains)
    if missing:
        draft.remarks.append(f"No signature of {', '.join(missing)} holds in what goes out, so From is the list's.")
        return False
    draft.remarks.append(f"The signature of {', '.join(domains)} holds in what goes out, so From is left alone.")
    return bool(domains)
