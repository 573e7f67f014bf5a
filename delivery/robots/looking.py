"""Commands that look something up: who, info, lists."""

import textwrap
from collections.abc import Iterable, Sequence

from accounts.enums import DeliveryMode, DeliveryStatus
from delivery.robots.arguments import Bad, read_options
from delivery.robots.base import Answer, Request
from lists.access import Right, access_by_mail
from lists.models import MailingList, Membership
from lists.queries import members
from suite.mail.addresses import format_mailbox

MOST = 10_000
"""Members, or lists, that one answer names."""

_OPTIONS = {"delivery": ("enabled", "disabled"), "mode": ("digest", "regular")}


def who(request: Request, arguments: Sequence[str]) -> Answer:
    """The roster, as far as `member_roster_visibility` lets the sender see it.

    The sender is who From says. That is proof enough here and only here, for the answer goes to that very address. Members who
    hide their address are named to owners and moderators alone.
    """
    mlist = request.mlist
    access = access_by_mail(request.sender, mlist)
    if not access.may(Right.ROSTER):
        return Answer(request.say("who.refused", listname=mlist.posting_address), failed=True)
    try:
        wanted = read_options(arguments, _OPTIONS)
    except Bad as bad:
        return Answer(request.say("bad-argument", argument=bad.argument), failed=True)
    found = [member for member in members(mlist).iterator() if _matches(member, wanted)]
    shown = [member for member in found if access.moderates or not member.hides_address]
    lines = sorted(_line(member) for member in shown)
    return Answer(
        "\n".join(
            [
                request.say("who", listname=mlist.posting_address, count=len(found)),
                *(f"    {line}" for line in lines[:MOST]),
                *_and_more(request, "who.more", len(lines) - MOST),
                *_and_more(request, "who.hidden", len(found) - len(shown)),
            ]
        )
    )


def _matches(member: Membership, wanted: dict[str, str]) -> bool:
    if "delivery" in wanted:
        enabled = member.effective("delivery_status") == DeliveryStatus.ENABLED
        if enabled is not (wanted["delivery"] == "enabled"):
            return False
    if "mode" in wanted:
        return (member.effective("delivery_mode") == DeliveryMode.REGULAR) is (wanted["mode"] == "regular")
    return True


def _line(member: Membership) -> str:
    address = member.subscriber_address
    if address is None:
        return str(member.user)
    name = member.display_name
    return f"{address.original_email} ({name})" if name else address.original_email


def _and_more(request: Request, key: str, count: int) -> Iterable[str]:
    if count > 0:
        yield request.say(key, count=count)


def info(request: Request, arguments: Sequence[str]) -> Answer:
    """What the list says of itself."""
    mlist = request.mlist
    known = {
        "listname": mlist.posting_address,
        "display_name": mlist.display_name,
        "list_id": mlist.list_id,
        "join_email": mlist.join_address,
        "leave_email": mlist.leave_address,
        "owner_email": mlist.owner_address,
    }
    texts = [format_mailbox(mlist.display_name, mlist.posting_address), mlist.description]
    if mlist.info.strip():
        texts.append(textwrap.indent(mlist.info.strip(), "    "))  # its lines stay lines
    return Answer("\n\n".join([*filter(None, texts), request.say("info", **known)]))


def lists(request: Request, arguments: Sequence[str]) -> Answer:
    """The advertised lists of this list's domain."""
    advertised = MailingList.objects.filter(domain=request.mlist.domain_id, advertised=True).select_related("domain")
    found = list(advertised.order_by("list_name")[:MOST])
    lines = [
        f"    {mlist.posting_address}" + (f" - {mlist.description}" if mlist.description else "") for mlist in found
    ]
    if not lines:
        return Answer(request.say("lists.none", domain=request.mlist.mail_host))
    head = request.say("lists", domain=request.mlist.mail_host)
    return Answer("\n".join([head, *lines, *_and_more(request, "who.more", advertised.count() - MOST)]))
