"""The command confirm: whoever shows a token has read the mail it was sent in. Each kind of token has its answer."""

from collections.abc import Callable, Sequence

from delivery.robots import setting
from delivery.robots.base import Answer, Request
from lists.enums import PendingKind
from lists.models import Pending
from lists.services import pending, requests
from lists.services.preferences import WISH
from moderation.passwords import approval
from moderation.services import by_mail

Look = Callable[[Request, Pending, str], Answer]
"""Request, what the token stands for, and the token -> what is to be done. Reads, never writes."""


def confirm(request: Request, arguments: Sequence[str]) -> Answer:
    """Go on with what the token is for. A token of another list is none here. Raises UnknownToken."""
    if not arguments:
        return Answer(request.say("confirm.no-token"), failed=True)
    token = arguments[0].strip("<>\"'.,;:")
    asked = pending.read(token, *ANSWERS, mlist=request.mlist)
    return ANSWERS[PendingKind(asked.kind)](request, asked, token)


def _request(request: Request, asked: Pending, token: str) -> Answer:
    """To join or to leave. A token that a moderator's word waits for is none."""
    requests.read(token, mlist=request.mlist)
    return Answer(act=lambda: _go_on(request, asked, token))


def _go_on(request: Request, asked: Pending, token: str) -> Answer:
    step = requests.confirm(token, mlist=request.mlist, actor=request.sender)
    done = "confirm.joined" if asked.kind == PendingKind.SUBSCRIPTION else "confirm.left"
    key = done if step.done else "confirm.waits"
    text = request.say(key, user_email=asked.data["email"], listname=request.mlist.posting_address)
    return Answer(text, silent=step.done and _is_greeted(request, asked))


def _is_greeted(request: Request, asked: Pending) -> bool:
    """Whether a welcome or a goodbye says to the sender that it is done."""
    name, usual = GREETINGS[PendingKind(asked.kind)]
    wanted = asked.data[name]
    return asked.email == request.sender and bool(getattr(request.mlist, usual) if wanted is None else wanted)


GREETINGS = {
    PendingKind.SUBSCRIPTION: ("welcome", "send_welcome_message"),
    PendingKind.UNSUBSCRIPTION: ("goodbye", "send_goodbye_message"),
}
"""What a request may say about the mail that ends it, and the list's setting that holds where it says nothing."""


def _data(request: Request, asked: Pending, token: str) -> Answer:
    if asked.data.get("what") != WISH:
        raise pending.unknown()
    return Answer(act=lambda: setting.confirmed(request, pending.read(token, mlist=request.mlist)))


def _held_post(request: Request, asked: Pending, token: str) -> Answer:
    """A moderator's answer to the notice, or that of the post's sender. The password is looked at here, for it takes time."""
    shown = approval(request.candidate.parsed, request.mlist)

    def act() -> Answer:
        state = by_mail.answer(pending.read(token, mlist=request.mlist), shown, actor=request.sender)
        return Answer(request.say(f"confirm.post-{state}"))

    return Answer(act=act)


ANSWERS: dict[PendingKind, Look] = {
    PendingKind.SUBSCRIPTION: _request,
    PendingKind.UNSUBSCRIPTION: _request,
    PendingKind.DATA: _data,
    PendingKind.HELD_MESSAGE: _held_post,
}
