"""What delivery does when lists and domains come and go, and when a post is redacted (suite.common.hooks)."""

from delivery.enums import BatchState
from delivery.models import AutoResponse, Batch, Notice, Rendering
from delivery.mta import files
from delivery.news import posting
from delivery.services import archiving, autoresponder, withdrawing
from delivery.services.claiming import OPEN
from lists.models import Domain, MailingList


def list_created(mlist: MailingList) -> None:
    """The MTA hears of its addresses."""
    files.refresh_after_commit()


def domain_changed(domain: Domain) -> None:
    files.refresh_after_commit()


def list_deleted(mlist: MailingList, keep_archive: bool) -> None:
    """Notices about the list's posts are not sent any more. The posts themselves go with the list, by the database."""
    Rendering.objects.filter(notices__mlist=mlist).delete()
    files.refresh_after_commit()


def post_redacted(arrival_id: int, author: bool) -> None:
    """Nothing more of it is sent, in digests neither, nor to archivers outside; what was
    rendered goes with its batches, and notices go that told of it.

    With its author, that the list has answered him goes, too.
    """
    withdrawing.withdraw(arrival_id)
    archiving.withdraw(arrival_id)
    posting.withdraw(arrival_id)
    about = f"arrival:{arrival_id}"
    if author:
        told = Notice.objects.filter(kind=autoresponder.KIND, subject=about).values("recipient")
        AutoResponse.objects.filter(address__in=told, mlist__arrivals=arrival_id).delete()
    Batch.objects.filter(rendering__arrival=arrival_id, state__in=OPEN).update(state=BatchState.CANCELLED)
    Rendering.objects.filter(arrival=arrival_id).delete()
    Rendering.objects.filter(notices__subject=about).delete()
