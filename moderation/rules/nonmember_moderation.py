from typing import ClassVar

from archives.enums import Origin
from lists.enums import Action
from lists.models import MailingList
from lists.patterns import matches
from moderation.candidates import NONMEMBER_SETTINGS, Candidate, Sender
from moderation.verdicts import DISPOSITIONS, Hit
from suite.mail import addresses


class NonmemberModeration:
    """What happens to the post of somebody who is no member under any address.

    For each sender in turn: the own action of a nonmember's row, then the settings that name senders; nobody found, the
    list's action for nonmembers. Defer means the other rules. Who writes in the list's newsgroup need be no member.
    """

    name: ClassVar[str] = "nonmember-moderation"
    title: ClassVar[str] = "The sender is not a member"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        if letter.arrival.origin == Origin.NEWS:
            return None
        if not letter.senders or letter.banned or letter.member is not None:
            return None
        sender, action, why = _decision(letter, mlist)
        if action is Action.DEFER:
            return None
        return Hit(
            f"The sender {sender.address} is not a member, and {why} is {action.wire}.",
            "You are not a member of this list.",
            DISPOSITIONS[action],
        )


def _decision(letter: Candidate, mlist: MailingList) -> tuple[Sender, Action, str]:
    for sender in letter.senders:
        if sender.nonmember is not None and sender.nonmember.moderation_action is not None:
            return sender, Action(sender.nonmember.moderation_action), "this nonmember's action"
        for setting, action in NONMEMBER_SETTINGS:
            if any(_names(entry, sender) for entry in getattr(mlist, setting)):
                return sender, action, f"the action of {setting}"
    return letter.senders[0], Action(mlist.default_nonmember_action), "the list's action for nonmembers"


def _names(entry: str, sender: Sender) -> bool:
    """An address, a `^pattern`, or `@dev@example.org` for the members of that list."""
    if entry.startswith("@"):
        return addresses.key(entry[1:]) in sender.lists
    return matches(entry, sender.address)
