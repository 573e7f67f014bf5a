"""Who gets a post. Set-based: one statement and plain tuples, however many members a list has.

The SQL is written by hand because it runs with every post: on a small list the ORM takes ten times as long to compose these
statements as a database to answer them.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db import connection

from accounts.enums import DeliveryMode, DeliveryStatus
from accounts.models import system_preferences
from delivery.draft import DigestReader, Recipient
from lists.enums import MemberRole
from lists.models import MailingList

Rows = list[tuple[Any, ...]]
_MEMBERS = 500  # that a statement asks for

OWN = 0
"""In the place of a delivery mode: he gets a digest of his own, at his own hour (DigestChoice)."""


def effective(preference: str) -> str:
    """The preference as it holds for a row of RECEIVING: member, address, user, then the system's."""
    default = system_preferences()[preference]
    literal = str(default).upper() if isinstance(default, bool) else f"{default:d}"
    return f"COALESCE({holders(preference)}, {literal})"


def holders(preference: str) -> str:
    return f"m.{preference}, a.{preference}, p.{preference}, u.{preference}"


MEMBERS = f"""
    FROM lists_membership m
    LEFT JOIN accounts_address a ON a.id = m.address_id
    LEFT JOIN accounts_user u ON u.id = COALESCE(m.user_id, a.user_id)
    LEFT JOIN accounts_address p ON p.id = u.preferred_address_id AND m.user_id IS NOT NULL
    WHERE m.role = {MemberRole.MEMBER:d}
      AND (a.id IS NOT NULL OR p.id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM lists_membership explicit
            WHERE explicit.mlist_id = m.mlist_id AND explicit.role = m.role AND explicit.address_id = p.id))
"""  # noqa: S608 - nothing but our own constants
"""Members (`m`) of all lists, with their mailbox (`a` their own, `p` their user's preferred one) and user.

Each mailbox stands here once: an explicit membership of the address wins over its user's, even where it gets nothing.
"""

SERVED = f"{MEMBERS} AND {effective('delivery_status')} = {DeliveryStatus.ENABLED:d}"
"""Those of them who get mail."""

RECEIVING = f"{SERVED} AND {effective('delivery_mode')} = {DeliveryMode.REGULAR:d}"
"""Those of them who get each post by itself."""

ADDRESS = "COALESCE(a.original_email, p.original_email)"
"""As its owner writes it: mail goes to that."""

NAME = "COALESCE(NULLIF(COALESCE(a.display_name, p.display_name), ''), u.display_name, '')"


def regular_members(mlist: MailingList, *, poster: int | None = None) -> list[Recipient]:
    """The recipients of a post, in the order they joined. One statement.

    `poster` is the author's membership; it is left out where receive_own_postings is off for it.
    """
    own = f" AND (m.id <> %s OR {effective('receive_own_postings')})" if poster is not None else ""
    return rows(
        f"SELECT m.id, {ADDRESS}, {NAME} {RECEIVING} AND m.mlist_id = %s {own} ORDER BY m.id",
        [mlist.pk] if poster is None else [mlist.pk, poster],
    )


def regular_and_digest_members(
    mlist: MailingList, *, poster: int | None = None
) -> tuple[list[Recipient], list[DigestReader]]:
    """As `regular_members`, and beside them who takes digests instead. One statement, so that nobody stands in both or none."""
    mode = effective("delivery_mode")
    own_digest = "m.id IN (SELECT membership_id FROM delivery_digestchoice WHERE ended_at IS NULL)"
    regular = f"{DeliveryMode.REGULAR:d}"
    form = f"CASE {mode} WHEN {regular} THEN {regular} ELSE CASE WHEN {own_digest} THEN {OWN:d} ELSE {mode} END END"
    own = f" AND (m.id <> %s OR {mode} <> {DeliveryMode.REGULAR:d} OR {effective('receive_own_postings')})"
    found = rows(
        f"SELECT m.id, {ADDRESS}, {NAME}, {form} {SERVED} AND m.mlist_id = %s"
        f" {own if poster is not None else ''} ORDER BY m.id",
        [mlist.pk] if poster is None else [mlist.pk, poster],
    )
    singly = DeliveryMode.REGULAR.value
    return [row[:3] for row in found if row[3] == singly], [(row[0], row[3]) for row in found if row[3] != singly]


def mailboxes(members: Sequence[int]) -> Iterator[tuple[Recipient, int]]:
    """Those of these memberships who get mail now, and their delivery mode. One statement for 500 of them."""
    for start in range(0, len(members), _MEMBERS):
        part = members[start : start + _MEMBERS]
        found = rows(
            f"SELECT m.id, {ADDRESS}, {NAME}, {effective('delivery_mode')} {SERVED} AND m.id IN ({_marks(part)}) ORDER BY m.id",
            [*part],
        )
        yield from ((row[:3], row[3]) for row in found)


def named_members(lists: Sequence[int], keys: Collection[str]) -> list[tuple[int, str, bool]]:
    """(membership id, address key, receive_list_copy) of the receiving members of these lists whose address is in `keys`.
    One statement.

    Two indexed look-ups, by address and by user; an OR over both would read every membership of the list.
    """
    named = f"SELECT id FROM accounts_address WHERE email IN ({_marks(keys)})"  # noqa: S608 - %s alone
    by_address = f"m.address_id IN ({named})"
    by_user = f"m.user_id IN (SELECT id FROM accounts_user WHERE preferred_address_id IN ({named}))"  # noqa: S608
    of_lists = f"m.mlist_id IN ({_marks(lists)})"
    columns = f"m.id, COALESCE(a.email, p.email), {effective('receive_list_copy')}"
    found = rows(
        f"SELECT {columns} {RECEIVING} AND {of_lists} AND {by_address}"
        f" UNION ALL SELECT {columns} {RECEIVING} AND {of_lists} AND {by_user}",
        [*lists, *keys] * 2,
    )
    return [(pk, key, bool(wants_copy)) for pk, key, wants_copy in found]


def still_receiving(members: Collection[int | None]) -> set[int]:
    """Which of these memberships still get mail: neither gone nor stopped. One statement.

    Who has turned to digests, or from them, since a mail was planned gets it nevertheless: it is in nothing else he gets.
    """
    if not members:
        return set()
    return {pk for (pk,) in rows(f"SELECT m.id {SERVED} AND m.id IN ({_marks(members)})", [*members])}


def _marks(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def language(membership: int) -> str:
    """The language this member chose; empty where none is chosen, or nothing is sent any more. One statement."""
    found = rows(f"SELECT COALESCE({holders('preferred_language')}) {SERVED} AND m.id = %s", [membership])
    return found[0][0] or "" if found else ""


def rows(sql: str, parameters: list[Any]) -> Rows:
    """What a statement of this kind finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
