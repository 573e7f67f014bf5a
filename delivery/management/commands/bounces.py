"""manage.py bounces: whose mail comes back, and why."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from delivery.bounces import looking
from delivery.management.printing import OperatorCommand
from lists.management.named import list_named


class Command(OperatorCommand):
    help = "Members of a list whose mail comes back or was stopped, and the causes; with --member one member's bounces."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("list", metavar="LIST", help="Posting address or list-id.")
        parser.add_argument("--member", metavar="ADDRESS", help="Only: all bounces of this member, the latest first.")

    def handle(self, *args: Any, **options: Any) -> None:
        mlist = list_named(options["list"])
        rows = looking.of_member(mlist, options["member"]) if options["member"] else looking.troubled(mlist)
        if rows is None:
            raise CommandError(f"{options['member']} is no member of {mlist.posting_address}.")
        causes = {} if options["member"] else looking.causes(mlist)
        if options["json"]:
            self.print_json(rows if options["member"] else {"members": rows, "causes": causes})
            return
        if rows:
            self.print_table(list(rows[0]), [list(row.values()) for row in rows])
        elif not causes:
            self.stdout.write("No mail has come back.")
        for cause, count in causes.items():
            self.stdout.write(f"{count:6}  {cause}")
