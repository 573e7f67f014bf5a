"""Taking a post out of digests, when its words are taken back."""

from django.db.models import Max

from delivery.clock import at_once
from delivery.draft import Recipient
from delivery.enums import OutcomeState
from delivery.models import Batch, DigestEntry, DigestIssue, DigestShare, Outcome, Rendering
from delivery.services import personal_digests
from delivery.services.claiming import OPEN
from suite.common import bells
from suite.common.enums import BellKind


def withdraw(arrival_id: int) -> None:
    """No digest shows the post from now on. Inside the caller's transaction.

    One that is on its way is stopped, and made again without the post for those who have not got it yet; who has it, has it.
    """
    for entry in DigestEntry.objects.filter(arrival=arrival_id).select_related("issue"):
        if entry.issue is not None:
            for share in entry.issue.shares.filter(made_at__isnull=False):
                if not share.entries or entry.pk in share.entries:
                    _make_again(entry.issue, share, entry.pk)
        personal_digests.withdraw(entry)
        entry.delete()


def _make_again(issue: DigestIssue, share: DigestShare, without: int) -> None:
    unserved = _unserved(share)
    Rendering.objects.filter(digest_shares=share).delete()
    everything = share.entries or list(issue.entries.order_by("pk").values_list("pk", flat=True))
    rest = [pk for pk in everything if pk != without]
    if not unserved or not rest:
        return
    last = issue.shares.aggregate(last=Max("position"))["last"]
    DigestShare.objects.create(issue=issue, position=last + 1, form=share.form, entries=rest, recipients=unserved)
    DigestIssue.objects.filter(pk=issue.pk).update(sent_at=None, due_at=at_once(), attempts=0)
    bells.ring_after_commit(BellKind.DIGEST)


def _unserved(share: DigestShare) -> list[Recipient]:
    """The recipients of a share whom the relay has not taken its mail for."""
    found: list[Recipient] = []
    for batch in Batch.objects.filter(rendering=share.rendering_id, state__in=OPEN).order_by("position"):
        deferred = Outcome.objects.filter(batch=batch, state=OutcomeState.DEFERRED).order_by("index")
        found += [batch.recipients[index] for index in deferred.values_list("index", flat=True)]
        found += batch.recipients[batch.done :]
    return found
