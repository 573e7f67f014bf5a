from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lists.management.named import list_named
from lists.services.mailing_lists import delete_list


class Command(BaseCommand):
    help = "Deletes a mailing list with all that hangs on it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", help="Posting address or list-id.")
        parser.add_argument("--keep-archive", action="store_true", help="The archive stays, for the same readers.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: Any, **options: Any) -> None:
        mlist = list_named(options["list"])
        what = "without its archive" if options["keep_archive"] else "with its archive"
        if not options["yes"]:
            answer = input(f"Delete {mlist.posting_address} {what}? Type the list's name to go on: ")
            if answer.strip().lower() != mlist.list_name:
                raise CommandError("Nothing was deleted.")
        delete_list(mlist, keep_archive=options["keep_archive"], actor="removelist")
        self.stdout.write(f"Deleted the list {mlist.posting_address} {what}.")
