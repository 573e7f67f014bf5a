from typing import Any

from django.core.management.base import BaseCommand

from lists.models import MailingList


class Command(BaseCommand):
    help = "Names the lists about tea."

    def handle(self, *args: Any, **options: Any) -> None:
        for mlist in MailingList.objects.filter(posting_chain="tea-chain").select_related("domain").order_by("list_id"):
            self.stdout.write(mlist.posting_address)
