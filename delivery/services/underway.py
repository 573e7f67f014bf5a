"""Posts of a list that are on their way, for its owners: how far each has got."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Sum

from archives.models import Arrival
from delivery.models import Batch
from delivery.services.claiming import OPEN
from lists.models import MailingList


@dataclass(frozen=True, slots=True)
class Underway:
    """A post, the recipients who are not served yet at the first try included in `recipients`, and since when it is sent."""

    arrival_id: int
    number: int | None
    subject: str
    recipients: int
    done: int
    since: datetime
    paused: bool

    @property
    def percent(self) -> int:
        return 100 * self.done // self.recipients if self.recipients else 100


def posts(mlist: MailingList) -> list[Underway]:
    """Posts with batches that are not through, the oldest first, with all of their batches counted. 1 query."""
    arrival = "rendering__arrival"
    unfinished = Batch.objects.filter(rendering__mlist=mlist, state__in=OPEN, rendering__arrival__isnull=False)
    rows = Batch.objects.filter(rendering__arrival__in=unfinished.values(arrival))
    grouped = rows.values_list(arrival, f"{arrival}__number", f"{arrival}__posts__subject").order_by(arrival)
    figures = grouped.annotate(Sum("size"), Sum("done"), Min("created_at"), Max("rendering__paused_at"))
    return [
        Underway(pk, number, subject or "", recipients, done, since, paused is not None)
        for pk, number, subject, recipients, done, since, paused in figures
    ]


def open_arrival(mlist: MailingList, pk: int) -> Arrival | None:
    """The list's own arrival of this number; None for another list's, and for one that never was."""
    rows = Arrival.objects.filter(mlist=mlist, pk=pk).select_related("mlist", "letter").defer("letter__raw")
    return rows.first()
