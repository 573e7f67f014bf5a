"""What lists have to do with one another: umbrella lists include others, siblings exclude one another's copies.

An included list may include others in turn. Nobody is asked here whether a list wants to be included: who calls has the word of
the owners of both lists.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from lists.enums import Relation
from lists.errors import InvalidRelation
from lists.models import ListRelation, MailingList
from suite.common.events import record

INCLUDED = f"""
    WITH RECURSIVE included(id) AS (
        SELECT CAST(%s AS bigint)
        UNION SELECT r.other_id FROM lists_listrelation r JOIN included i ON r.mlist_id = i.id
        WHERE r.kind = '{Relation.INCLUDE.value}'
    )
"""  # noqa: S608 - nothing but our own constants
"""The list itself and whatever it includes, be it by way of others: a set, so that not even a circle would have no end."""

_ABOVE = f"""
    WITH RECURSIVE above(id) AS (
        SELECT CAST(%s AS bigint)
        UNION SELECT r.mlist_id FROM lists_listrelation r JOIN above i ON r.other_id = i.id
        WHERE r.kind = '{Relation.INCLUDE.value}'
    ), family(id) AS (
        SELECT id FROM above
        UNION SELECT r.other_id FROM lists_listrelation r JOIN family i ON r.mlist_id = i.id
        WHERE r.kind = '{Relation.INCLUDE.value}'
    )
    SELECT id FROM family
    UNION SELECT other_id FROM lists_listrelation WHERE mlist_id = %s
    UNION SELECT mlist_id FROM lists_listrelation WHERE other_id = %s
"""  # noqa: S608 - nothing but our own constants


_CONCERNED = """EXISTS (
    SELECT 1 FROM lists_listrelation r WHERE r.mlist_id = lists_mailinglist.id OR r.other_id = lists_mailinglist.id
)"""


@transaction.atomic
def relate(mlist: MailingList, other: MailingList, kind: Relation, *, actor: str = "") -> bool:
    """Include or exclude another list from now on, whatever was said of it before. Returns whether that is new.

    Raises InvalidRelation where a list would come to include itself.
    """
    if mlist.pk == other.pk:
        raise InvalidRelation(f"{mlist.posting_address} cannot {kind} itself.")
    _one_at_a_time()
    if kind == Relation.INCLUDE and mlist.pk in included(other):
        raise InvalidRelation(
            f"{other.posting_address} includes {mlist.posting_address} already, itself or by way of others: "
            "a list cannot include itself."
        )
    row, new = ListRelation.objects.get_or_create(mlist=mlist, other=other, defaults={"kind": kind})
    if not new and row.kind == kind:
        return False
    row.kind = kind
    row.save(update_fields=["kind"])
    record(f"list.{kind}s", actor=actor, list_id=mlist.list_id, subject=other.list_id)
    return True


@transaction.atomic
def forget(mlist: MailingList, other: MailingList, *, actor: str = "") -> None:
    """The list has nothing to do with that one any more. Raises InvalidRelation where it had nothing to do with it."""
    if not ListRelation.objects.filter(mlist=mlist, other=other).delete()[0]:
        raise InvalidRelation(f"{mlist.posting_address} has nothing to do with {other.posting_address}.")
    record("list.unrelated", actor=actor, list_id=mlist.list_id, subject=other.list_id)


def relations(mlist: MailingList) -> QuerySet[ListRelation]:
    """What was said of this list and others, in both directions, in the order it was said."""
    rows = ListRelation.objects.filter(Q(mlist=mlist) | Q(other=mlist))
    return rows.select_related("mlist__domain", "other__domain").order_by("pk")


def included(mlist: MailingList) -> set[int]:
    """The list itself and whatever it includes, be it by way of others. 1 statement."""
    return _ids(f"{INCLUDED} SELECT id FROM included", [mlist.pk])  # noqa: S608 - our own constants


def siblings(mlist: MailingList) -> set[int]:
    """The lists of which a post to this one as well brings one copy: those it includes, those that include it, those that are
    included with it, and those excluded on either side. 1 statement."""
    return _ids(_ABOVE, [mlist.pk] * 3) - {mlist.pk}


def with_relations(lists: "QuerySet[MailingList]") -> "QuerySet[MailingList]":
    """These lists, knowing whether they have to do with others: then posts to those that have not cost no query for it.

    Written by hand, for it is asked with every run of posts: to compose it takes the ORM longer than all else here.
    """
    return lists.annotate(has_relations=RawSQL(_CONCERNED, (), BooleanField()))  # noqa: S611 - our own constants


def has_relations(mlist: MailingList) -> bool:
    """Whether it may have to do with others: known where it came `with_relations()`."""
    return bool(getattr(mlist, "has_relations", True))


def _one_at_a_time() -> None:
    """Of two who would close a circle together, the second sees what the first did. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE lists_listrelation IN SHARE ROW EXCLUSIVE MODE")
    else:
        ListRelation.objects.filter(pk=0).update(kind=Relation.INCLUDE)


def _ids(sql: str, parameters: Iterable[Any]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return {pk for (pk,) in cursor.fetchall()}
