from typing import ClassVar

from lists.models import MailingList
from lists.patterns import matches
from moderation.candidates import Candidate
from moderation.verdicts import Hit
from suite.mail import addresses


class ImplicitDestination:
    """The list stands in none of To, Cc, Resent-To and Resent-Cc, neither by its address nor by an acceptable alias."""

    name: ClassVar[str] = "implicit-dest"
    title: ClassVar[str] = "The message does not name the list as its destination"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        if not mlist.require_explicit_destination:
            return None
        named = {*letter.recipients, *letter.resent_recipients}
        if not named.isdisjoint(own_addresses(mlist)):
            return None
        if any(matches(alias, address) for alias in mlist.acceptable_aliases for address in named):
            return None
        return Hit(
            "The message names the list neither in To nor in Cc.",
            "Your message does not name the list in To or Cc; it came as a blind copy or by another address.",
        )


def own_addresses(mlist: MailingList) -> set[str]:
    """The posting address, at the domain's alias too: mail to that one counts as mail to the mail host."""
    hosts = {mlist.mail_host, mlist.domain.alias_domain} - {""}
    return {addresses.key(f"{mlist.list_name}@{host}") for host in hosts}
