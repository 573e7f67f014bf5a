"""A probe that the relay itself refuses: no letter comes back, its answer is all there is."""

from django.utils import timezone

from delivery.bounces.events import Bounced, record
from delivery.enums import BounceSource
from lists.addressing import resolve
from lists.enums import PendingKind, Role
from lists.errors import UnknownToken
from lists.models import MailingList
from lists.services import pending
from suite.common.errors import UnknownMailbox
from suite.mail.bounces.report import Failure


def refused(return_path: str, failure: Failure) -> None:
    """Of a mail of our own that was refused for good: where its return path is a probe's, an event that waits to be looked at.

    In the caller's transaction; the token is used up. Any other return path is none of ours to judge.
    """
    if "-bounces+" not in return_path or not failure.permanent:
        return
    try:
        to = resolve(return_path)
        mlist = MailingList.objects.get(pk=to.mlist_id)
        if to.role != Role.BOUNCES:
            return
        probe = pending.take(to.detail, PendingKind.PROBE, mlist=mlist)
    except (UnknownMailbox, UnknownToken):
        return
    member = mlist.memberships.filter(member_id=probe.data["member"]).first()
    record(mlist, [Bounced(failure, member)], source=BounceSource.PROBE, message_id="", proven=True, now=timezone.now())
