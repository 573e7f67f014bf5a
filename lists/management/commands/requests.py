from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lists.enums import Action, PendingKind, TokenOwner
from lists.errors import UnknownToken
from lists.management.named import list_named
from lists.models import Pending
from lists.services import pending
from lists.services.requests import WAYS, decide
from suite.common.commands import as_json, as_table, plain_errors

DECISIONS = {
    "approve": (Action.ACCEPT, "Approved"),
    "reject": (Action.REJECT, "Rejected"),
    "discard": (Action.DISCARD, "Discarded"),
}


class Command(BaseCommand):
    help = "Who waits to join or to leave: names them, and decides about them."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="what", required=True)
        named = kinds.add_parser("list", help="Names what waits, the oldest first.")
        named.add_argument("list", nargs="?", help="Posting address or list-id; all lists without it.")
        named.add_argument("--kind", choices=[kind.wire for kind in WAYS])
        named.add_argument("--owner", choices=TokenOwner.wire_names(), help="Whose word is waited for.")
        named.add_argument("--json", action="store_true")
        for word, sentence in (
            ("approve", "Accepts what waits for a moderator."),
            ("reject", "Refuses it, and tells the person why."),
            ("discard", "Drops it in silence, whoever's word it waits for."),
        ):
            command = kinds.add_parser(word, help=sentence)
            command.add_argument("request", nargs="+", type=int, help="Numbers, as `requests list` shows them.")
            if word == "reject":
                command.add_argument("--reason", default="", help="What the person is told.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "list":
            self._name(options)
        else:
            self._decide(options)

    def _name(self, options: dict[str, Any]) -> None:
        found = pending.waiting(
            list_named(options["list"]) if options["list"] else None,
            kind=PendingKind.from_wire(options["kind"]) if options["kind"] else None,
            owner=TokenOwner.from_wire(options["owner"]) if options["owner"] else None,
        )
        rows = [describe(row) for row in found.filter(kind__in=list(WAYS))]
        if options["json"]:
            self.stdout.write(as_json(rows))
        elif rows:
            self.stdout.write(as_table(rows, ("request", "list", "kind", "address", "waits_for", "expires_at")))
        else:
            self.stdout.write("Nothing waits.")

    def _decide(self, options: dict[str, Any]) -> None:
        action, done = DECISIONS[options["what"]]
        for number in options["request"]:
            row = Pending.objects.select_related("mlist__domain").filter(pk=number, kind__in=list(WAYS)).first()
            if row is None or row.mlist is None:
                raise CommandError(f"There is no request {number}.")
            with plain_errors():
                try:
                    decide(row, action, reason=options.get("reason", ""), actor="requests")
                except UnknownToken as error:
                    raise CommandError(f"There is no request {number} any more.") from error
            self.stdout.write(f"{done}: {PendingKind(row.kind).wire} of {row.email}, {row.mlist.posting_address}.")


def describe(row: Pending) -> dict[str, Any]:
    return {
        "request": row.pk,
        "list": row.mlist.posting_address if row.mlist else "",
        "kind": PendingKind(row.kind).wire,
        "address": row.data["email"],
        "display_name": row.data["name"],
        "waits_for": TokenOwner(row.token_owner).wire,
        "created_at": row.created_at,
        "expires_at": row.expires_at,
    }
