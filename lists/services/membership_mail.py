"""The mails about joining, leaving and new lists, each once for what it is about. Written in the caller's transaction.

Questions come from the list's -confirm address with the token in it, so that a plain answer confirms; where the site wants
(VERP_CONFIRMATIONS off) from -request, with the token in the subject. All else comes from the owners' address.
"""

from typing import Any

from django.conf import settings

from lists import notices
from lists.enums import PendingKind
from lists.links import request_url
from lists.models import MailingList, Membership, Pending
from lists.queries import administrators_by_address, language_of

CONFIRM, WELCOME, GOODBYE, REFUSED = "confirmation", "welcome", "goodbye", "request-refused"
WAITING, CHANGED, NEW_LIST = "request-waiting", "membership-changed", "list-created"

_QUESTIONS = {
    PendingKind.SUBSCRIPTION: "list:user:action:subscribe",
    PendingKind.UNSUBSCRIPTION: "list:user:action:unsubscribe",
}
_TASKS = {
    PendingKind.SUBSCRIPTION: "list:admin:action:subscribe",
    PendingKind.UNSUBSCRIPTION: "list:admin:action:unsubscribe",
}
_COMMANDS = {PendingKind.SUBSCRIPTION: "join", PendingKind.UNSUBSCRIPTION: "leave"}
"""A wish in every language: what one writes to the robot."""
_INVITATION = "list:user:action:invite"


def ask(mlist: MailingList, request: Pending, token: str) -> None:
    """To the subscriber: is it you, and do you want this? Or: you are invited."""
    email = request.data["email"]
    name = _INVITATION if request.data.get("invitation") else _QUESTIONS[PendingKind(request.kind)]
    command = f"confirm {token}"
    sender = mlist.subaddress(f"confirm+{token}") if settings.VERP_CONFIRMATIONS else mlist.request_address
    subject, text = notices.render(
        name,
        mlist,
        language=request.data["preferences"].get("preferred_language") or language_of(mlist, email),
        token=token,
        subject=command,
        confirm_email=sender,
        confirm_url=request_url(mlist, token),
        user_email=email,
    )
    subject = subject if settings.VERP_CONFIRMATIONS else command
    notices.mail(
        mlist, CONFIRM, f"request:{request.fingerprint}", email, subject, text, sender=sender, precedence=""
    ).send()


def tell_moderators(mlist: MailingList, request: Pending) -> None:
    """To everybody who may decide, where the list wants that: somebody waits for you."""
    if mlist.admin_immed_notify:
        name = _TASKS[PendingKind(request.kind)]
        about = f"request:{request.fingerprint}"
        who = _named(request.data["name"], request.data["email"])
        _to_administrators(mlist, WAITING, about, name, somebody=settings.SITE_OWNER, member=who)


def refused(mlist: MailingList, request: Pending, reason: str) -> None:
    """To the subscriber: a moderator said no, and why."""
    email = request.data["email"]
    subject, text = notices.render(
        "list:user:notice:refuse",
        mlist,
        language=language_of(mlist, email),
        request=f"{_COMMANDS[PendingKind(request.kind)]} {mlist.posting_address}",
        reason=reason or "-",
    )
    notices.mail(mlist, REFUSED, f"request:{request.fingerprint}", email, subject, text).send()


def welcome(membership: Membership, wanted: bool | None = None) -> None:
    """To a new member, where the list or the caller (`wanted`) says so."""
    mlist = membership.mlist
    if mlist.send_welcome_message if wanted is None else wanted:
        _to_member(membership, WELCOME, "list:user:notice:welcome", {"X-No-Archive": "yes"})


def goodbye(membership: Membership, wanted: bool | None = None) -> None:
    """To whoever leaves, where the list or the caller (`wanted`) says so. Called before the row goes."""
    mlist = membership.mlist
    if mlist.send_goodbye_message if wanted is None else wanted:
        _to_member(membership, GOODBYE, "list:user:notice:goodbye", {})


def tell_owners(membership: Membership, *, joined: bool, wanted: bool | None = None) -> None:
    """To owners and moderators, where the list or the caller (`wanted`) says so: who has joined, who has left."""
    mlist, address = membership.mlist, membership.subscriber_address
    if mlist.admin_notify_mchanges if wanted is None else wanted:
        name = "list:admin:notice:subscribe" if joined else "list:admin:notice:unsubscribe"
        who = _named(_name_of(membership), address.original_email if address else "")
        about = f"member:{membership.member_id}:{'joined' if joined else 'left'}"
        _to_administrators(mlist, CHANGED, about, name, member=who)


def new_list(mlist: MailingList) -> None:
    """To the owners of a list that has just been made: what it is, and where."""
    _to_administrators(mlist, NEW_LIST, f"list:{mlist.pk}", "domain:admin:notice:new-list")


def _to_member(membership: Membership, kind: str, name: str, headers: dict[str, str]) -> None:
    address, mlist = membership.subscriber_address, membership.mlist
    if address is None:
        return
    email = address.original_email
    language, values = membership.effective("preferred_language"), {"user_name": _name_of(membership) or email}
    subject, text = notices.render(name, mlist, language=language, user_email=email, **values)
    notices.mail(mlist, kind, f"member:{membership.member_id}", email, subject, text, headers=headers).send()


def _to_administrators(
    mlist: MailingList, kind: str, about: str, name: str, *, somebody: str = "", **values: Any
) -> None:
    """To owners and moderators; to `somebody` where a list has none."""
    people = administrators_by_address(mlist)
    readers = {address: row.effective("preferred_language") for address, row in people.items()}
    for recipient, language in (readers or ({somebody: settings.LANGUAGE_CODE} if somebody else {})).items():
        subject, text = notices.render(name, mlist, language=language, **values)
        notices.mail(mlist, kind, about, recipient, subject, text, to_owners=True).send()


def _name_of(membership: Membership) -> str:
    holder = membership.user or membership.address
    return holder.display_name if holder else ""


def _named(name: str, email: str) -> str:
    """For people's eyes: no field is made of it."""
    return f"{name} <{email}>" if name else email
