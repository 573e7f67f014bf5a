"""The way back for a member whose mail was stopped: a token that switches it on again, by mail or on a page."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.enums import DeliveryStatus
from lists.enums import MemberRole, PendingKind, TokenOwner
from lists.errors import UnknownToken
from lists.models import MailingList, Membership, Pending
from lists.services import pending
from lists.services.preferences import WISH, set_preferences
from suite.common.failpoints import failpoint

_ON = {"delivery_status": DeliveryStatus.ENABLED.value}


def offer(member: Membership) -> pending.Issued:
    """A token for this member that lives until the list's next warning, and some days more. In the caller's transaction.

    Whoever confirms it by mail has it answered as a wish of his (`set delivery on`).
    """
    mlist, address = member.mlist, member.subscriber_address
    return pending.create(
        PendingKind.DATA,
        mlist,
        email=address.email if address else "",
        owner=TokenOwner.SUBSCRIBER,
        data={"what": WISH, "member": member.member_id.hex, "preferences": _ON},
        life=mlist.bounce_you_are_disabled_warnings_interval + timedelta(days=settings.PENDING_REQUEST_DAYS),
    )


def read(token: str, mlist: MailingList) -> Membership:
    """The member whose mail the token switches on. Uses nothing up. Raises UnknownToken, also where he has left."""
    return _member(_offered(token, mlist), mlist)


@transaction.atomic
def resume(token: str, mlist: MailingList) -> Membership:
    """Switch the mail on; the token is used up. Raises UnknownToken."""
    asked = _offered(token, mlist)
    member = _member(asked, mlist)
    pending.use_up(asked)
    failpoint("resuming.used-up")
    if member.delivery_status == DeliveryStatus.BY_BOUNCES:
        set_preferences(member, actor=asked.email, delivery_status=DeliveryStatus.ENABLED)
    return member


def _offered(token: str, mlist: MailingList) -> Pending:
    asked = pending.read(token, PendingKind.DATA, mlist=mlist)
    if asked.data.get("what") != WISH or asked.data.get("preferences") != _ON:
        raise UnknownToken("This token is for something else.")
    return asked


def _member(asked: Pending, mlist: MailingList) -> Membership:
    found = mlist.memberships.filter(member_id=UUID(asked.data["member"]), role=MemberRole.MEMBER)
    member = found.select_related("mlist__domain", "address", "user__preferred_address").first()
    if member is None:
        raise UnknownToken("The member has left.")
    return member
