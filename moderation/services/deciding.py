"""Any decision about a held post by the name of its action, and sending the post on to somebody who should see it."""

from collections.abc import Callable, Sequence

from django.db import transaction

from accounts.errors import InvalidAddress
from accounts.models import User
from lists import notices as list_notices
from lists.enums import Action
from lists.queries import language_of
from moderation import approved
from moderation.errors import AlreadyDecided
from moderation.models import HeldMessage
from moderation.services import desk
from suite.common.events import record
from suite.mail import addresses
from suite.mail.parse import parse

FORWARDED = "held-forwarded"

_Deed = Callable[[HeldMessage, User | None, str, str], None]


def _leave_it(held: HeldMessage, by: User | None, comment: str, actor: str) -> None:
    """It waits on."""


DEEDS: dict[Action, _Deed] = {
    Action.ACCEPT: lambda held, by, comment, actor: desk.accept(held, by, comment=comment, actor=actor),
    Action.REJECT: lambda held, by, comment, actor: desk.reject(held, by, comment, actor=actor),
    Action.DISCARD: lambda held, by, comment, actor: desk.discard(held, by, comment=comment, actor=actor),
    Action.DEFER: _leave_it,
    Action.HOLD: _leave_it,
}
"""What each action does with a post that waits."""


@transaction.atomic
def decide(
    held: HeldMessage,
    action: Action,
    by: User | None = None,
    *,
    comment: str = "",
    forward_to: Sequence[str] = (),
    actor: str = "",
) -> None:
    """Do it, and send the post to these addresses too. Both or neither: raises AlreadyDecided and InvalidAddress."""
    if held.decision:
        raise AlreadyDecided(f"This post has been {held.get_decision_display().lower()} already.")
    forward(held, forward_to, by, actor=actor)
    DEEDS[action](held, by, comment, actor)


@transaction.atomic
def forward(held: HeldMessage, recipients: Sequence[str], by: User | None = None, *, actor: str = "") -> list[str]:
    """Send the post as it came to these addresses, as an attached message; whom it was sent to now, each once and for ever.

    Byte by byte, but for a moderators' password it may show. Raises InvalidAddress.
    """
    wrong = [email for email in recipients if not addresses.is_valid(email)]
    if wrong:
        raise InvalidAddress(f"Invalid email address: {wrong[0]}")
    part = ("message/rfc822", _original(held))
    told = [email for email in recipients if _send(held, email, part)]
    if told:
        record(
            "held.forwarded",
            actor=str(by.email) if by else actor,
            list_id=held.mlist.list_id,
            subject=held.sender,
            arrival=held.arrival_id,
            recipients=told,
        )
    return told


def _original(held: HeldMessage) -> bytes:
    raw = bytes(held.arrival.letter.raw)
    parsed = parse(raw)
    if not approved.approved_marks(parsed):
        return raw
    headers = parsed.headers.copy()
    headers.remove(*approved.FIELDS)
    return headers.to_bytes() + approved.body_without_marks(parsed)


def _send(held: HeldMessage, email: str, part: tuple[str, bytes]) -> bool:
    values = {"subject": held.subject or "(no subject)", "sender_email": held.sender or "(nobody)"}
    language = language_of(held.mlist, email)
    subject, text = list_notices.render("list:any:notice:forward", held.mlist, language=language, **values)
    message = list_notices.mail(held.mlist, FORWARDED, f"held:{held.pk}", email, subject, text, parts=(part,))
    return bool(message.send())
