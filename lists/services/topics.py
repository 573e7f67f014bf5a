"""Which of a list's topics its members want to read about."""

from collections.abc import Collection, Iterable

from django.db import transaction

from lists.errors import UnknownTopic
from lists.models import MailingList, Membership, TopicChoice
from suite.common.events import record

NONE = ""
"""How posts that are about no topic are called in choices."""


def names(mlist: MailingList) -> list[str]:
    return [topic["name"] for topic in mlist.topics]


@transaction.atomic
def choose(membership: Membership, topics: Iterable[str], *, untagged: bool = True, actor: str = "") -> None:
    """From now on this member gets posts about these topics, and those about none where `untagged`.

    Without topics he gets all posts again. Names count in any letter case. Raises UnknownTopic.
    """
    mlist = membership.mlist
    known = {name.lower(): name for name in names(mlist)}
    wanted = {topic.lower(): topic for topic in topics}
    if unknown := [topic for key, topic in wanted.items() if key not in known]:
        have = ", ".join(known.values()) or "none"
        raise UnknownTopic(f"{mlist.posting_address} has no topic {', '.join(unknown)}. It has: {have}.")
    chosen = [known[key] for key in wanted]
    rows = [*chosen, NONE] if chosen and untagged else chosen
    TopicChoice.objects.filter(membership=membership).delete()
    TopicChoice.objects.bulk_create([TopicChoice(membership=membership, topic=topic) for topic in rows])
    record(
        "member.topics",
        actor=actor,
        list_id=mlist.list_id,
        subject=str(membership.user or membership.address),
        topics=chosen,
        untagged=untagged or not chosen,
    )


def chosen(membership: Membership) -> tuple[list[str], bool]:
    """The topics this member chose, those the list has, in its order, and whether he gets posts about none. 1 query."""
    rows = set(TopicChoice.objects.filter(membership=membership).values_list("topic", flat=True))
    topics = [name for name in names(membership.mlist) if name in rows]
    return topics, NONE in rows or not topics


def unwilling(mlist: MailingList, about: Collection[str]) -> set[int]:
    """Memberships of the list whose choice leaves out a post about these topics. 1 query."""
    wanted = set(about) or {NONE}
    choices: dict[int, set[str]] = {}
    rows = TopicChoice.objects.filter(membership__mlist=mlist, topic__in=[*names(mlist), NONE])
    for membership, topic in rows.values_list("membership", "topic"):
        choices.setdefault(membership, set()).add(topic)
    return {pk for pk, topics in choices.items() if topics != {NONE} and not topics & wanted}
