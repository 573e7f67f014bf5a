from typing import ClassVar

from lists.enums import DMARCMitigateAction
from lists.models import MailingList
from lists.patterns import first_match
from moderation.candidates import Candidate
from moderation.facts import MITIGATED, author_domains
from moderation.verdicts import Disposition, Hit, Note
from suite.mail import addresses

DISPOSITIONS = {
    DMARCMitigateAction.REJECT: Disposition.REJECT,
    DMARCMitigateAction.DISCARD: Disposition.DISCARD,
}
NEEDED, ALWAYS = "dmarc", "dmarc-always"
BUILT_IN = (
    "Your mail comes from {domain}, which asks all receivers to refuse mail in its name that others have passed on. This list "
    "does not take such mail, for many members would never get it. Please write from another address, or to the people who "
    "run the list: {owner}"
)


class DmarcMitigation:
    """From names a domain that forbids others to pass its mail on (RFC 9989), or a poster for whom the list always acts.

    Where the list rejects or discards such posts, it hits. Where it munges From or wraps the post, it notes why; the handlers
    `dmarc` and `dmarc-wrap` do it. An anonymous list shows no author, and needs nothing of this.
    """

    name: ClassVar[str] = "dmarc-mitigation"
    title: ClassVar[str] = "The author's domain forbids to pass its mail on"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | Note | None:
        action = DMARCMitigateAction(mlist.dmarc_mitigate_action)
        if action is DMARCMitigateAction.NO_MITIGATION or mlist.anonymous_list:
            return None
        found = _reason(letter, mlist)
        if found is None:
            return None
        domain, why, note = found
        if action in MITIGATED:
            return Note(note, why)
        notice = mlist.dmarc_moderation_notice.strip()
        to_sender = notice or BUILT_IN.format(domain=domain, owner=mlist.owner_address)
        return Hit(f"{why}.", to_sender, DISPOSITIONS[action])


def _reason(letter: Candidate, mlist: MailingList) -> tuple[str, str, str] | None:
    """(the domain, why its mail needs something done, the note that says whether it is done in any case)."""
    for mailbox in addresses.authors(letter.parsed.headers):
        entry = first_match(mlist.dmarc_addresses, addresses.key(mailbox.address))
        if entry is not None:
            return addresses.wire_domain(mailbox.address), f"The list's dmarc_addresses name {entry}", ALWAYS
    for domain in author_domains(letter.parsed):
        if mlist.dmarc_mitigate_unconditionally and mlist.dmarc_mitigate_action in MITIGATED:
            return domain, "The list does it to every post", ALWAYS
        policy = letter.facts.policies.get(domain)
        if policy is not None and policy.forbids:
            return domain, str(policy), NEEDED
    return None
