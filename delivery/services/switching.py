"""Archivers outside, switched on and off for a list."""

from collections.abc import Mapping

from django.db import transaction

from delivery.archivers.table import ARCHIVERS
from lists.models import MailingList
from lists.services.mailing_lists import change_settings


@transaction.atomic
def switch_archivers(mlist: MailingList, on: Mapping[str, bool], *, actor: str = "") -> None:
    """Archiver -> whether the list's posts go there from now on; the others stay as they are. Of two at once, both count.

    What the list still names though no plugin brings it any more is dropped.
    """
    mlist.refresh_from_db(
        fields=["archivers"], from_queryset=MailingList.objects.select_for_update(no_key=True, of=("self",))
    )
    kept = [name for name in mlist.archivers if name in ARCHIVERS and on.get(name, True)]
    new = [name for name, wanted in on.items() if wanted and name not in kept]
    change_settings(mlist, actor=actor, archivers=kept + new)
