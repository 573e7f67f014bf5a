"""manage.py pace: how fast recipients at a domain are sent to."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from delivery.management.printing import OperatorCommand, age
from delivery.services import pacing, standing
from suite.common.commands import plain_errors

BY = "pace"


class Command(OperatorCommand):
    help = "Domains that are sent to slowly, because they asked for it or you did. Without words: which, and why."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        kinds = parser.add_subparsers(dest="what")
        given = kinds.add_parser("set", help="Set your own limits for a domain, which always hold; without any, none.")
        given.add_argument("domain")
        given.add_argument("--rate", type=int, metavar="N", help="So many recipients a minute at most.")
        given.add_argument("--connections", type=int, metavar="N", help="So many sessions at once at most.")
        cleared = kinds.add_parser("clear", help="Forget that domains asked us to slow down.")
        cleared.add_argument("domains", nargs="*", metavar="DOMAIN", help="All of them without any.")

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            match options["what"]:
                case "set":
                    row = pacing.set_pace(options["domain"], options["rate"], options["connections"], actor=BY)
                    self.stdout.write(f"Set for {row}.")
                case "clear":
                    count = pacing.clear(options["domains"] or None, actor=BY)
                    self.stdout.write(f"{count} were slowed, and are not any more.")
                case _:
                    self._show(standing.paces(), options["json"])

    def _show(self, paces: Iterable[standing.Pace], as_json: bool) -> None:
        if as_json:
            self.print_json([asdict(pace) for pace in paces])
            return
        rows = [_row(pace) for pace in paces]
        if rows:
            columns = ("domain", "a minute", "sessions", "why", "next in", "waiting", "it said")
            self.print_table(columns, rows)
        else:
            self.stdout.write("There is none.")


def _row(pace: standing.Pace) -> tuple[object, ...]:
    wait = max((pace.next_at - timezone.now()).total_seconds(), 0)
    why = "slowed" if pace.slowed else "set"
    return pace.domain, pace.limit, pace.connections, why, age(wait), pace.waiting, pace.last_reply
