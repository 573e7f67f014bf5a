"""What rules about newcomers and floods want to know. Each asks nothing unless its list has switched it on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archives.enums import Role, State
from archives.models import Arrival
from lists.models import MailingList, Membership
from moderation.models import Probation
from suite.mail import addresses

COUNTED = (State.RECEIVED, State.HELD, State.ACCEPTED, State.DISTRIBUTED)
"""Posts that count for a flood: what was refused troubles nobody."""
LOOKED_AT = 2_000
"""Latest posts of a list that are counted, so no limit can be higher."""
AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Came:
    """A post that came: its arrival, from which envelope sender (key form), when."""

    pk: int
    sender: str
    at: datetime


def accepted_posts(mlist: MailingList, members: Collection[Membership]) -> Mapping[int, int]:
    """Membership id to how many posts were accepted, of those who are on probation. One query where somebody may be."""
    new = {member.pk for member in members if mlist.probation_posts and _is_new(mlist, member)}
    if not new:
        return {}
    rows = Probation.objects.filter(membership__in=new).values_list("membership_id", "accepted")
    known = dict.fromkeys(new, 0) | dict(rows)
    return {pk: count for pk, count in known.items() if count < mlist.probation_posts}


def _is_new(mlist: MailingList, member: Membership) -> bool:
    return mlist.probation_since is None or member.joined_at >= mlist.probation_since


def latest_posts(mlist: MailingList) -> Sequence[Came]:
    """The list's latest posts, newest first. One query where a limit is set, else none."""
    if not mlist.flood_posts and not mlist.sender_posts_per_hour:
        return ()
    rows = Arrival.objects.filter(mlist=mlist, role=Role.POST, state__in=COUNTED).order_by("-pk")
    return [
        Came(pk, addresses.key(sender), at)
        for pk, sender, at in rows.values_list("pk", "sender", "received_at")[:LOOKED_AT]
    ]


def posts_before(came: Sequence[Came], arrival: Arrival, span: timedelta, sender: str | None = None) -> int:
    """How many of these came within `span` before this one, of one sender or of all."""
    since = arrival.received_at - span
    return sum(post.pk < arrival.pk and since < post.at and (sender is None or post.sender == sender) for post in came)
