"""The command set: a member's own preferences, which change when he has answered a token that was mailed to his address."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.queries import address_of
from delivery.robots.base import Answer, Request
from delivery.services.notices import sent_today
from lists import notices
from lists.enums import MemberRole, PendingKind, TokenOwner
from lists.models import Membership, Pending
from lists.queries import members
from lists.services import pending
from lists.services.preferences import WISH, set_preferences

QUESTION = "preferences-question"
QUESTIONS_A_DAY = 5
"""How often a day one member is asked. Further wishes of the day are dropped in silence: whoever sends so many is not he."""

_SWITCH = {"on": True, "off": False}
_DELIVERY = {"on": DeliveryStatus.ENABLED, "off": DeliveryStatus.BY_USER}

OPTIONS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "delivery": ("delivery_status", _DELIVERY),
    "vacation": ("delivery_status", {"on": DeliveryStatus.BY_USER, "off": DeliveryStatus.ENABLED}),
    "digest": (
        "delivery_mode",
        {
            "mime": DeliveryMode.MIME_DIGESTS,
            "plain": DeliveryMode.PLAINTEXT_DIGESTS,
            "summary": DeliveryMode.SUMMARY_DIGESTS,
            "off": DeliveryMode.REGULAR,
        },
    ),
    "ack": ("acknowledge_posts", _SWITCH),
    "myposts": ("receive_own_postings", _SWITCH),
    "duplicates": ("receive_list_copy", _SWITCH),
    "hide": ("hide_address", _SWITCH),
    "language": ("preferred_language", {code: code for code, _ in settings.LANGUAGES}),
}
"""Word behind `set` -> the preference, and what its values mean. `vacation` is `delivery` the other way round."""

USAGE = " | ".join(
    [
        *(f"{name} {'|'.join(values)}" for name, (_, values) in OPTIONS.items() if name != "language"),
        "language CODE",
        "show",
    ]
)


def change(request: Request, arguments: Sequence[str]) -> Answer:
    """`set digest mime`: noted, and asked about once for all such lines of the letter. `set show` tells how things stand."""
    membership = membership_of(request)
    if membership is None:
        return Answer(request.say("not-a-member", listname=request.mlist.posting_address), failed=True)
    words = [word.lower() for word in arguments]
    if words == ["show"]:
        return Answer(_standing(request, membership))
    option = OPTIONS.get(words[0]) if len(words) == 2 else None
    if option is None or words[1] not in option[1]:
        return Answer(request.say("bad-argument", argument=" ".join(arguments)[:80]) + f"\nset {USAGE}", failed=True)
    name, values = option
    refused = _refused(request, membership, name, values[words[1]])
    if refused:
        return Answer(refused, failed=True)
    request.wishes[name] = values[words[1]]
    return Answer(act=partial(_ask, request, membership))


def membership_of(request: Request) -> Membership | None:
    """The membership that mail from this address may speak of: its own, or that of the person who has proved it to be his."""
    membership = request.candidate.senders[0].membership
    own = membership.subscriber_address if membership else None
    if membership is None or own is None:
        return None
    if own.email != request.sender:
        claimed = address_of(request.sender)
        if claimed is None or not claimed.verified:
            return None
    return members(request.mlist).filter(pk=membership.pk).first()


def _refused(request: Request, membership: Membership, name: str, value: Any) -> str:
    """Why this cannot be, or nothing."""
    if name == "delivery_status" and membership.effective(name) == DeliveryStatus.BY_MODERATOR:
        return request.say("set.by-moderator", owner_email=request.mlist.owner_address)
    if name == "delivery_mode" and value != DeliveryMode.REGULAR and not request.mlist.digests_enabled:
        return request.say("set.no-digests", listname=request.mlist.posting_address)
    return ""


def _ask(request: Request, membership: Membership) -> Answer:
    """One question for all wishes of the letter; the lines behind the first find none left to ask about."""
    wishes = dict(request.wishes)
    request.wishes.clear()
    own = membership.subscriber_address
    if wishes and own and sent_today(own.original_email, (QUESTION,)) < QUESTIONS_A_DAY:
        data = {"what": WISH, "member": membership.member_id.hex, "preferences": wishes}
        issued = pending.create(
            PendingKind.DATA,
            request.mlist,
            email=own.email,
            owner=TokenOwner.SUBSCRIBER,
            data=data,
            life=timedelta(days=settings.PENDING_REQUEST_DAYS),
        )
        _mail_question(request, own.original_email, wishes, issued)
    return Answer(request.say("set.asked"), silent=own is not None and own.email == request.sender)


def _mail_question(request: Request, recipient: str, wishes: Mapping[str, Any], issued: pending.Issued) -> None:
    """As other questions: a plain answer confirms, by its address or by its subject."""
    mlist, token = request.mlist, issued.token
    by_address = settings.VERP_CONFIRMATIONS
    values = {"listname": mlist.posting_address, "user_email": recipient, "owner_email": mlist.owner_address}
    notices.mail(
        mlist,
        QUESTION,
        f"request:{issued.pending.fingerprint}",
        recipient,
        request.say("set.question.subject", **values) if by_address else f"confirm {token}",
        notices.wrap(request.say("set.question", wishes=_written(wishes), **values)),
        sender=mlist.subaddress(f"confirm+{token}") if by_address else mlist.request_address,
        precedence="",
    ).send()


def confirmed(request: Request, asked: Pending) -> Answer:
    """The member has answered: his wishes come true. In the caller's transaction."""
    pending.use_up(asked)
    found = request.mlist.memberships.filter(member_id=UUID(asked.data["member"]), role=MemberRole.MEMBER)
    membership = found.select_related("mlist", "address", "user__preferred_address").first()
    if membership is None:
        return Answer(request.say("not-a-member", listname=request.mlist.posting_address), failed=True)
    wishes = asked.data["preferences"]
    for name, value in wishes.items():
        if refused := _refused(request, membership, name, value):
            return Answer(refused, failed=True)
    set_preferences(membership, actor=asked.email, **wishes)
    return Answer(f"{request.say('set.done')}\n{_written(wishes)}")


def _standing(request: Request, membership: Membership) -> str:
    names = dict.fromkeys(name for name, _ in OPTIONS.values())
    address = membership.subscriber_address
    head = request.say("set.show", user_email=address.original_email if address else "")
    return f"{head}\n{_written({name: _current(membership, name) for name in names})}"


def _current(membership: Membership, name: str) -> Any:
    """What holds now; hidden is who has asked for it."""
    return membership.hides_address if name == "hide_address" else membership.effective(name)


def _written(preferences: Mapping[str, Any]) -> str:
    """As one would write it: `set digest mime`. What has no word of its own shows its name."""
    return "\n".join(f"    set {_word(name, value)}" for name, value in preferences.items())


def _word(name: str, value: Any) -> str:
    for option, (preference, values) in OPTIONS.items():
        if preference == name:
            word = next((word for word, meaning in values.items() if meaning == value), "")
            return f"{option} {word or _SPECIAL.get((name, value), value)}"
    raise KeyError(name)


_SPECIAL = {
    ("delivery_status", DeliveryStatus.BY_BOUNCES): "off (by bounces)",
    ("delivery_status", DeliveryStatus.BY_MODERATOR): "off (by moderators)",
}
