"""What goes in time. Each function works in short transactions, may be broken off anywhere, and does nothing when repeated.

The sweep calls them now and then; none of them is urgent.
"""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from archives.enums import State
from archives.models import Arrival, Letter, Post
from lists.enums import ArchivePolicy
from lists.models import MailingList

REPEATS_KNOWN = timedelta(days=7)
"""How long a letter that comes again is recognised."""

REFUSED = (State.REJECTED, State.DISCARDED, State.EXPIRED)

_FRESH = timedelta(hours=1)  # age of letters that somebody may be about to refer to
_PIECE = 500  # rows a transaction


def forget_repeats() -> int:
    """After seven days the same letter is a new one. Returns how many keys were cleared."""
    old = Arrival.objects.filter(repeat_key__isnull=False, received_at__lt=timezone.now() - REPEATS_KNOWN)
    return _in_pieces(old, lambda rows: rows.update(repeat_key=None))


def sweep_refused() -> int:
    """Delete arrivals of refused mail, of lists that keep no archive, and of whatever else was served and is filed nowhere,
    KEEP_REFUSED_DAYS after they ended: mail that robots have answered or owners have got, and posts whose author wanted none."""
    ended = Arrival.objects.filter(state_at__lt=timezone.now() - timedelta(days=settings.KEEP_REFUSED_DAYS))
    unarchived = list(MailingList.objects.filter(archive_policy=ArchivePolicy.NEVER).values_list("pk", flat=True))
    done = ended.filter(state=State.DISTRIBUTED)
    unfiled = done.exclude(Exists(Post.objects.filter(arrival=OuterRef("pk"))))
    gone = (ended.filter(state__in=REFUSED), done.filter(mlist__in=unarchived), unfiled)
    return sum(_in_pieces(rows, _delete) for rows in gone)


def sweep_letters() -> int:
    """Delete letters that no row of any table refers to any more. Returns how many.

    In two steps: indexes alone say who is unused, and only then the rows themselves, with their bytes, are looked at.
    """
    unused = Letter.objects.filter(*(~reference for reference in _references()))
    found = list(unused.values_list("pk", flat=True))
    before = timezone.now() - _FRESH
    swept = 0
    for start in range(0, len(found), _PIECE):
        rows = unused.filter(pk__in=found[start : start + _PIECE], created_at__lt=before)
        swept += rows._raw_delete(rows.db)  # delete() would load the bytes first
    return swept


def _references() -> list[Exists]:
    """For each foreign key to letters, on whatever floor: whether a row uses it."""
    return [
        Exists(relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")}))
        for relation in Letter._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel)
    ]


def _delete(rows: "models.QuerySet[Arrival]") -> int:
    _, deleted = rows.delete()
    return deleted.get(Arrival._meta.label, 0)


def _in_pieces(rows: "models.QuerySet[Arrival]", act: Callable[["models.QuerySet[Arrival]"], int]) -> int:
    """`act` on these rows, some hundred in a transaction, until none is left that it changes."""
    total = 0
    while found := list(rows.values_list("pk", flat=True)[:_PIECE]):
        done = act(rows.filter(pk__in=found))
        total += done
        if not done:
            break
    return total
