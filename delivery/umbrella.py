"""Who gets a post of a list that includes others, and who has a post already by a sibling of the list.

As `delivery.recipients`, SQL by hand. A person is a user, or an address that belongs to none. His own membership of the list
that was written to decides, whatever it says; else one of his memberships of the lists it includes: one that gets each post by
itself before one with digests, the older before the younger.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.enums import DeliveryMode, DeliveryStatus
from archives.enums import Role, State
from archives.models import Arrival
from delivery.draft import Gathered
from delivery.endpoints.choosing import with_endpoints
from delivery.recipients import ADDRESS, MEMBERS, NAME, OWN, effective, rows
from lists.models import MailingList
from lists.services import relations
from lists.services.relations import INCLUDED
from lists.wording import with_texts

PERSON = "COALESCE('u' || u.id, 'a' || a.id)"

_MODE = effective("delivery_mode")
_REGULAR = f"{DeliveryMode.REGULAR:d}"
_FORM = f"""
    CASE WHEN {_MODE} = {_REGULAR} THEN {_REGULAR}
         WHEN m.id IN (SELECT membership_id FROM delivery_digestchoice WHERE ended_at IS NULL) THEN {OWN:d}
         ELSE {_MODE} END
"""  # noqa: S608 - nothing but our own constants

_POSTER = "COALESCE((SELECT COALESCE('u' || o.user_id, 'a' || o.id) FROM accounts_address o WHERE o.email = %s), '')"

_DIGESTS = "(SELECT l.digests_enabled FROM lists_mailinglist l WHERE l.id = m.mlist_id)"

_GATHERED = f"""
    {INCLUDED}, standing AS (
        SELECT m.id, m.mlist_id, {ADDRESS} AS address, {NAME} AS name, {PERSON} AS person, {_FORM} AS form,
            CASE WHEN m.mlist_id = %s THEN 1 ELSE 0 END AS direct,
            CASE WHEN {effective("delivery_status")} = {DeliveryStatus.ENABLED:d}
                AND (%s = 1 OR {_MODE} = {_REGULAR} OR {_DIGESTS})
                AND ({PERSON} <> {_POSTER} OR {_MODE} <> {_REGULAR} OR {effective("receive_own_postings")})
            THEN 1 ELSE 0 END AS served
        {MEMBERS} AND m.mlist_id IN (SELECT id FROM included)
    ), ranked AS (
        SELECT standing.*, MAX(direct) OVER (PARTITION BY person) AS has_direct, ROW_NUMBER() OVER (
            PARTITION BY person ORDER BY served DESC, CASE WHEN form = {_REGULAR} THEN 0 ELSE 1 END, id
        ) AS place FROM standing
    )
    SELECT id, address, name, form, mlist_id FROM ranked
    WHERE served = 1 AND (direct = 1 OR has_direct = 0 AND place = 1) ORDER BY direct DESC, mlist_id, id
"""  # noqa: S608 - nothing but our own constants


def gather(mlist: MailingList, *, poster: str = "", urgent: bool = False) -> list[Gathered]:
    """Who gets a post to this list, by the list he is a member of: itself first, then those it includes.

    One statement, and one more where somebody of an included list gets it. `poster` is the author's address (its key), who is
    left out where he wants none of his own posts; an urgent post goes at once to those as well who take digests.
    """
    found: dict[int, Gathered] = {mlist.pk: Gathered(mlist)}
    people = rows(_GATHERED, [mlist.pk, mlist.pk, int(urgent), poster])
    if others := {row[4] for row in people} - {mlist.pk}:
        loaded = with_endpoints(with_texts(MailingList.objects.select_related("domain"))).in_bulk(others)
        found |= {pk: Gathered(loaded[pk]) for pk in sorted(loaded)}
    for member, address, name, form, list_pk in people:
        if list_pk not in found:  # deleted meanwhile
            continue
        if urgent or form == DeliveryMode.REGULAR:
            found[list_pk].recipients.append((member, address, name))
        else:
            found[list_pk].readers.append((member, form))
    return list(found.values())


# --- posts to several lists ------------------------------------------------------------------------------------------

_EXPANDED = {
    "sqlite": ("json_each(b.recipients) e", "json_extract(e.value, '$[0]')"),
    "postgresql": ("jsonb_array_elements(b.recipients) e", "(e ->> 0)::bigint"),
}


@dataclass(frozen=True, slots=True)
class Twins:
    """Arrivals of the same letter on siblings of the list that were distributed before, by the list's own arrival."""

    of: dict[int, list[int]]

    def served(self, arrival: Arrival, lists: Collection[int]) -> set[int]:
        """The members of these lists who are sent the letter by a sibling. One statement where it came there, too."""
        return _served(self.of[arrival.pk], lists) if arrival.pk in self.of else set()


def find_twins(mlist: MailingList, arrivals: Sequence[Arrival]) -> Twins:
    """Look for these letters on the list's siblings, in the transaction that distributes them.

    Two statements. Whoever else would distribute one of them meanwhile waits, or was waited for: of several lists the first to
    write serves those who are on them all, so that nobody goes without where one of the lists refuses the letter.
    """
    posts = [arrival for arrival in arrivals if arrival.role == Role.POST and arrival.message_id]
    siblings = relations.siblings(mlist) if posts else set()
    if not siblings:
        return Twins({})
    rows_of_letters = (
        Arrival.objects.select_for_update(no_key=True, of=("self",))
        .filter(message_id__in={post.message_id for post in posts}, role=Role.POST, mlist__in={*siblings, mlist.pk})
        .order_by("pk")
        .values_list("pk", "mlist_id", "state", "message_id", "letter_id", "repeat_key")
    )
    sent = [row for row in rows_of_letters if row[1] != mlist.pk and row[2] == State.DISTRIBUTED]
    found = {post.pk: [row[0] for row in sent if _is_same(post, *row[3:])] for post in posts}
    return Twins({pk: twins for pk, twins in found.items() if twins})


def _is_same(post: Arrival, message_id: str, letter_id: int, repeat_key: str | None) -> bool:
    """Not the Message-ID alone: some programs use one again and again."""
    same = post.letter_id == letter_id or (repeat_key is not None and post.repeat_key == repeat_key)
    return same and post.message_id == message_id


def _served(twins: Sequence[int], lists: Collection[int]) -> set[int]:
    source, member = _EXPANDED[connection.vendor]
    marks, of_lists = (", ".join(["%s"] * len(values)) for values in (twins, lists))
    members = "FROM lists_membership m LEFT JOIN accounts_address a ON a.id = m.address_id"
    members += " LEFT JOIN accounts_user u ON u.id = COALESCE(m.user_id, a.user_id)"
    sql = f"""
        SELECT m.id {members} WHERE m.mlist_id IN ({of_lists}) AND {PERSON} IN (
            SELECT {PERSON} {members} WHERE m.id IN (
                SELECT {member} FROM delivery_batch b JOIN delivery_rendering r ON r.id = b.rendering_id, {source}
                WHERE r.arrival_id IN ({marks})))
    """  # noqa: S608 - our own constants and %s
    return {pk for (pk,) in rows(sql, [*lists, *twins])}
