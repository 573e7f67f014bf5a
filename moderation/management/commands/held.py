from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lists.enums import Action
from lists.management.named import list_named
from moderation.models import HeldMessage
from moderation.services import deciding
from suite.common.commands import as_json, as_table, plain_errors

DECISIONS = {
    "accept": (Action.ACCEPT, "Accepted", "Lets the posts go out."),
    "reject": (Action.REJECT, "Rejected", "Refuses them, and tells their senders why."),
    "discard": (Action.DISCARD, "Discarded", "Drops them in silence."),
    "forward": (Action.DEFER, "Forwarded", "Sends them to somebody; they wait on."),
}


class Command(BaseCommand):
    help = "Posts that wait for a moderator: names them, and decides about them."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="what", required=True)
        named = kinds.add_parser("list", help="Names what waits, the oldest first.")
        named.add_argument("list", nargs="?", help="Posting address or list-id; all lists without it.")
        named.add_argument("--json", action="store_true")
        for word, (_, _, sentence) in DECISIONS.items():
            command = kinds.add_parser(word, help=sentence)
            command.add_argument("post", nargs="+", type=int, help="Numbers, as `held list` shows them.")
            command.add_argument(
                "--to", action="append", default=[], required=word == "forward", help="Who gets the post attached."
            )
            command.add_argument(
                "--comment", default="", help="Kept with the decision; the sender of a rejected post reads it."
            )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "list":
            self._name(options)
        else:
            self._decide(options)

    def _name(self, options: dict[str, Any]) -> None:
        found = HeldMessage.objects.filter(decision="").select_related("mlist__domain").order_by("held_at", "pk")
        if options["list"]:
            found = found.filter(mlist=list_named(options["list"]))
        rows = [describe(held) for held in found]
        if options["json"]:
            self.stdout.write(as_json(rows))
        elif rows:
            self.stdout.write(as_table(rows, ("post", "list", "held_at", "sender", "subject")))
        else:
            self.stdout.write("Nothing waits.")

    def _decide(self, options: dict[str, Any]) -> None:
        action, done, _ = DECISIONS[options["what"]]
        for number in options["post"]:
            held = HeldMessage.objects.select_related("mlist__domain", "arrival__letter").filter(pk=number).first()
            if held is None:
                raise CommandError(f"There is no held post {number}.")
            with plain_errors():
                deciding.decide(held, action, comment=options["comment"], forward_to=options["to"], actor="held")
            self.stdout.write(f"{done}: {held.subject or '(no subject)'} from {held.sender or '(nobody)'}.")


def describe(held: HeldMessage) -> dict[str, Any]:
    return {
        "post": held.pk,
        "list": held.mlist.posting_address,
        "sender": held.sender,
        "subject": held.subject,
        "rule": held.rule,
        "reasons": held.reasons,
        "held_at": held.held_at,
        "expires_at": held.expires_at,
        "arrival": held.arrival_id,
    }
