"""Feedback reports (RFC 5965): somebody pressed "this is spam" on a copy of ours.

Who complains wants no more of it, so he is taken off the list, with a goodbye that says how to come back. Only a report of
abuse does so, and only where our own signature in it says whose copy it was: a Message-ID and an address anybody can write.
All others are forwarded as bounces that nobody understands.
"""

from delivery.bounces.proofs import Proof
from lists.enums import MemberRole
from lists.errors import NotSubscribed
from lists.models import MailingList, Membership
from lists.queries import standings
from lists.services import leaving
from suite.common.events import record
from suite.mail.bounces.report import Complaint

ABUSE = "abuse"
ACTOR = "complaint"


def whose(complaint: Complaint, proof: Proof, mlist: MailingList) -> Membership | None:
    """The member who is to be taken off, if any. Three queries at most."""
    if complaint.feedback_type != ABUSE:
        return None
    if proof.membership_id is not None:
        return mlist.memberships.filter(pk=proof.membership_id, role=MemberRole.MEMBER).first()
    if not proof.signed or proof.probe is not None:
        return None
    [standing] = standings(mlist, [proof.recipient]).values()
    return standing.member


def is_settled(complaint: Complaint, proof: Proof) -> bool:
    """Whether it is genuine: then nobody has to look at it, even where the member is gone already."""
    return complaint.feedback_type == ABUSE and (proof.signed or proof.membership_id is not None)


def act(mlist: MailingList, membership: Membership) -> None:
    """End the membership. In the caller's transaction; who has left meanwhile has left."""
    try:
        leaving.leave(mlist, membership, pre_confirmed=True, pre_approved=True, send_goodbye=True, actor=ACTOR)
    except NotSubscribed:
        return
    record("member.complained", actor=ACTOR, list_id=mlist.list_id, subject=str(membership.user or membership.address))
