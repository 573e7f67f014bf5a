import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lists.enums import Action
from lists.management.named import list_named
from lists.models import MailingList
from moderation.models import HeaderMatch
from moderation.services import filters
from suite.common.commands import as_json, as_table, plain_errors

ACTIONS = [action.wire for action in Action]


class Command(BaseCommand):
    help = "A list's header checks: names them, tries one against a message, adds and removes them."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="what", required=True)
        named = kinds.add_parser("list", help="Names them in the order in which they are asked.")
        named.add_argument("list", help="Posting address or list-id.")
        named.add_argument("--json", action="store_true")
        tried = kinds.add_parser("try", help="Shows what a check finds in a message; ends with 1 where it is nothing.")
        self._add_check(tried)
        tried.add_argument("--sample", required=True, help="A file with a message; - for standard input.")
        added = kinds.add_parser("add", help="Adds one, tried against a message before.")
        added.add_argument("list", help="Posting address or list-id.")
        self._add_check(added)
        added.add_argument("--action", choices=ACTIONS, help="What follows; the site's default without it.")
        added.add_argument("--position", type=int, help="1 is the first; the last without it.")
        added.add_argument("--sample", help="A file with a message that it must find; - for standard input.")
        removed = kinds.add_parser("remove", help="Removes one.")
        removed.add_argument("list", help="Posting address or list-id.")
        removed.add_argument("position", type=int)

    def _add_check(self, parser: CommandParser) -> None:
        parser.add_argument("header", help="A field's name; :text for the words, :sender for whom it comes from.")
        parser.add_argument("pattern", help="Regular expression (RE2), in any letter case.")

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            getattr(self, f"_{options['what']}")(options)

    def _list(self, options: dict[str, Any]) -> None:
        rows = [describe(place, row) for place, row in enumerate(list_named(options["list"]).header_matches.all(), 1)]
        columns = ("position", "header", "pattern", "action")
        self.stdout.write(as_json(rows) if options["json"] else as_table(rows, columns) if rows else "There is none.")

    def _try(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"Found: {self._found(options)}")

    def _add(self, options: dict[str, Any]) -> None:
        mlist: MailingList = list_named(options["list"])
        if options["sample"]:
            self.stdout.write(f"Found: {self._found(options)}")
        action = Action.from_wire(options["action"]) if options["action"] else None
        filters.add(mlist, options["header"], options["pattern"], action, position=options["position"], actor="filters")
        self.stdout.write("Added.")

    def _remove(self, options: dict[str, Any]) -> None:
        filters.remove(list_named(options["list"]), options["position"], actor="filters")
        self.stdout.write("Removed.")

    def _found(self, options: dict[str, Any]) -> str:
        where = options["sample"]
        try:
            sample = sys.stdin.buffer.read() if where == "-" else Path(where).read_bytes()
        except OSError as error:
            raise CommandError(f"The message cannot be read: {error}") from error
        found = filters.try_out(options["header"], options["pattern"], sample)
        if found is None:
            raise CommandError("The check finds nothing in this message.")
        return found


def describe(place: int, row: HeaderMatch) -> dict[str, Any]:
    action = Action(row.action).wire if row.action is not None else "(default)"
    return {"position": place, "header": row.header, "pattern": row.pattern, "action": action, "tag": row.tag}
