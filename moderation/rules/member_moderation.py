from typing import ClassVar

from lists.enums import Action
from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import DISPOSITIONS, Hit


class MemberModeration:
    """What happens to a member's post: the member's own action, else the list's for members. Defer means the other rules.

    The first sender who is a member counts. A ban goes before: then this rule misses.
    """

    name: ClassVar[str] = "member-moderation"
    title: ClassVar[str] = "The member's posts are moderated"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        member = letter.member
        if member is None or letter.banned:
            return None
        own = letter.member_action
        action = Action(mlist.default_member_action) if own is None else own
        if action is Action.DEFER:
            return None
        whose = "the list's action for members" if own is None else "this member's action"
        return Hit(
            f"The sender {member.address} is a member, and {whose} is {action.wire}.",
            "Your posts to this list are moderated.",
            DISPOSITIONS[action],
        )
