"""Deciding about a held post by mail: whoever shows a token that was mailed for it.

Moderators and the post's sender get tokens of their own. A token is good for as long as the post is held, and whatever ends that
ends its tokens. Who wrote the mail is not proved, and is not asked.
"""

import logging
from datetime import timedelta

from django.db import transaction

from archives.enums import State
from lists.enums import PendingKind, TokenOwner
from lists.models import Pending
from lists.services import pending
from moderation.errors import AlreadyDecided, WrongPassword
from moderation.models import HeldMessage
from moderation.passwords import Approval
from moderation.services import desk
from suite.common.logs import about

log = logging.getLogger(__name__)

HELD_FOR_EVER = timedelta(days=36_500)
"""How long a token lives that nothing else ends."""


def issue(held: HeldMessage, owner: TokenOwner) -> str:
    """A token for the moderators, or for the post's sender (`SUBSCRIBER`), to be mailed to them. In the caller's transaction."""
    issued = pending.create(
        PendingKind.HELD_MESSAGE,
        held.mlist,
        email=held.sender,
        owner=owner,
        data={"held": held.pk},
        life=HELD_FOR_EVER,
    )
    return issued.token


@transaction.atomic
def answer(asked: Pending, shown: Approval, *, actor: str = "") -> State:
    """Accept the post where the letter shows the right password; drop it where it shows none. What became of it.

    Its sender takes it back in the same way. Raises WrongPassword, which changes nothing, AlreadyDecided, and UnknownToken where
    the post is gone.
    """
    held = HeldMessage.objects.select_related("mlist__domain", "arrival").filter(pk=asked.data["held"]).first()
    if held is None:
        raise pending.unknown()
    if held.decision:
        raise AlreadyDecided(f"This post has been {held.get_decision_display().lower()} already.")
    if shown is Approval.WRONG:
        named = about(held.arrival.message_id, held.mlist.list_id, held.arrival_id)
        log.warning("%s held=%d a wrong password by mail, as %s", named, held.pk, actor)
        raise WrongPassword("The password is not the moderators'. Nothing was changed, and the post still waits.")
    if shown is Approval.RIGHT:
        desk.accept(held, None, actor=actor)
        return State.ACCEPTED
    desk.discard(held, None, actor=actor, comment=TAKEN_BACK if asked.token_owner == TokenOwner.SUBSCRIBER else "")
    return State.DISCARDED


TAKEN_BACK = "Its sender has taken it back."
