from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from lists.services.mailing_lists import create_list
from lists.services.membership_mail import new_list
from suite.common.commands import plain_errors


class Command(BaseCommand):
    help = "Makes a mailing list."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="The posting address, as in dev@lists.example.org.")
        parser.add_argument("--owner", action="append", default=[], metavar="EMAIL", help="May be given several times.")
        parser.add_argument("--style", default="", help="The style it starts with; else the site's default.")
        parser.add_argument("-n", "--notify", action="store_true", help="Tell the owners by mail.")
        parser.add_argument(
            "--force", action="store_true", help="Even where the name takes an address of another list (dev-request)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors(), transaction.atomic():
            mlist = create_list(
                options["address"],
                style=options["style"],
                owners=options["owner"],
                force=options["force"],
                actor="createlist",
            )
            if options["notify"]:
                new_list(mlist)
        self.stdout.write(f"Created the list {mlist.posting_address}.")
