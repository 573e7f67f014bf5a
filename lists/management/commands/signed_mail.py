import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lists.management.named import list_named
from lists.services import signed_mail
from suite.common.commands import as_json, plain_errors

BY = "manage.py"


class Command(BaseCommand):
    help = "Says what a list does to signed mail, and what it costs to leave it intact. Ends with 1 where something breaks it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", help="Posting address or list-id.")
        parser.add_argument("--apply", action="store_true", help="Switch off all that changes signed mail.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        mlist = list_named(options["list"])
        with plain_errors():
            found = signed_mail.leave_intact(mlist, actor=BY) if options["apply"] else signed_mail.changes(mlist)
        if options["json"]:
            self.stdout.write(as_json({"intact": not found, "changes": [change.as_json() for change in found]}))
        elif found:
            self.stdout.write(f"{mlist.posting_address} changes signed mail:\n")
            for change in found:
                self.stdout.write(f"  {change.setting}\n    {change.does}\n    Without it: {change.cost}")
        else:
            self.stdout.write(f"{mlist.posting_address} leaves signed mail intact.")
        if found:
            sys.exit(1)
