from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count, Q

from lists.enums import ArchivePolicy, MemberRole
from lists.models import MailingList
from suite.common.commands import as_json, as_table


class Command(BaseCommand):
    help = "Names the mailing lists, with how many members each has."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--domain", help="Only those of this mail host.")
        parser.add_argument("--advertised", action="store_true", help="Only those that overviews show.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        lists = MailingList.objects.select_related("domain").order_by("domain__mail_host", "list_name")
        if options["domain"]:
            lists = lists.filter(domain__mail_host=options["domain"].lower())
        if options["advertised"]:
            lists = lists.filter(advertised=True)
        members = Count("memberships", filter=Q(memberships__role=MemberRole.MEMBER))
        rows = [
            {
                "address": mlist.posting_address,
                "list_id": mlist.list_id,
                "display_name": mlist.display_name,
                "description": mlist.description,
                "advertised": mlist.advertised,
                "archive": ArchivePolicy(mlist.archive_policy).wire,
                "members": mlist.member_count,
            }
            for mlist in lists.annotate(member_count=members)
        ]
        if options["json"]:
            self.stdout.write(as_json(rows))
        elif rows:
            self.stdout.write(as_table(rows, ("address", "members", "archive", "description")))
        else:
            self.stdout.write("There are no lists.")
