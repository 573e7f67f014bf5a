"""Parting a batch: recipients at domains whose mail goes its own way get batches of their own, the others go on."""

from typing import Any

from django.db import transaction

from archives.services.inserting import as_row, insert_rows
from archives.transitions import LostLease
from delivery.draft import Recipient
from delivery.enums import BatchState
from delivery.models import Batch
from delivery.services.claiming import LEASE_SECONDS, Claim
from delivery.services.parcel import domain_of
from suite.common.failpoints import failpoint
from suite.common.patience import patiently


def part(claim: Claim, domains: frozenset[str]) -> None:
    """Recipients at these domains who had no answer yet leave the batch, for one of each domain's own.

    The batch keeps the others, or becomes that of a domain where there are none. Nothing to part: no statement. Raises
    LostLease. Done in one commit, before anybody is sent to.
    """
    batch = claim.batch
    if batch.domain not in ("", Batch.REST) or domains <= claim.parted:
        return
    claim.parted |= domains
    groups: dict[str, list[Recipient]] = {}
    for entry in batch.recipients[batch.done :]:
        name = domain_of(entry)
        groups.setdefault(name if name in domains else Batch.REST, []).append(entry)
    if groups.keys() <= {Batch.REST}:
        return
    stays = Batch.REST if Batch.REST in groups else next(iter(groups))
    kept = [*batch.recipients[: batch.done], *groups.pop(stays)]
    failpoint("parting.before-commit")
    patiently(_write, LEASE_SECONDS)(claim, stays, kept, groups)
    failpoint("parting.after-commit")
    batch.domain, batch.recipients, batch.size = stays, kept, len(kept)


@transaction.atomic
def _write(claim: Claim, stays: str, kept: list[Recipient], groups: dict[str, list[Recipient]]) -> None:
    """Doing it twice changes nothing more."""
    batch = claim.batch
    mine = Batch.objects.filter(pk=batch.pk, lease_token=claim.token, state=BatchState.SENDING)
    if not mine.update(domain=stays, recipients=kept, size=len(kept)):
        raise LostLease(f"batch {batch.pk} is cancelled or somebody else's")
    rows = [as_row(Batch, _copied(batch) | _own(name, group)) for name, group in groups.items()]
    insert_rows(Batch, rows, on_conflict="DO NOTHING", returning=("id",))
    failpoint("parting.in-commit")


def mark(claim: Claim) -> None:
    """The batch was looked through, and whoever goes another way is parted from it."""
    if not claim.batch.domain:
        Batch.objects.filter(pk=claim.batch.pk, lease_token=claim.token, domain="").update(domain=Batch.REST)


def _copied(batch: Batch) -> dict[str, Any]:
    names = ("rendering_id", "mlist_id", "kind", "position", "urgency", "return_path", "due_at", "created_at")
    return {name: getattr(batch, name) for name in (*names, "expires_at")}


def _own(domain: str, group: list[Recipient]) -> dict[str, Any]:
    return {"domain": domain, "recipients": group, "size": len(group)}
