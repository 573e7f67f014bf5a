"""manage.py queue: what waits, per state and age; with a state, the messages in it one by one."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import CommandParser

from archives.enums import State
from delivery.management.printing import OperatorCommand, age, clean
from delivery.services import standing


class Command(OperatorCommand):
    help = "Show how many messages stand in each state, and how old the oldest of them is; or those in one state."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("state", nargs="?", choices=State.values, help="Name the messages in this state.")
        parser.add_argument("--most", type=int, default=50, help="So many of them at most, the oldest first.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["state"]:
            self._name(standing.resting(State(options["state"]), options["most"]), options["json"])
        elif options["json"]:
            self.print_json(standing.overview())
        else:
            self._count(standing.piles())

    def _name(self, found: Iterable[standing.Resting], as_json: bool) -> None:
        if as_json:
            self.print_json(found)
            return
        columns = ("arrival", "age", "list", "role", "from", "message-id", "reason")
        rows = [
            (one.arrival, age(one.age), one.list_id, one.role, one.sender or "<>", one.message_id, one.reason)
            for one in found
        ]
        if rows:
            self.print_table(columns, rows)
        else:
            self.stdout.write("There is none.")

    def _count(self, piles: Iterable[standing.Pile]) -> None:
        rows = [(pile.kind, pile.state, pile.count, age(pile.oldest)) for pile in piles]
        if not rows:
            self.stdout.write("Nothing has arrived yet.")
            return
        self.print_table(("what", "state", "count", "oldest"), rows)
        for line in self._troubles():
            self.stdout.write(line)

    def _troubles(self) -> Iterator[str]:
        overview = standing.overview()
        for relay in overview["relays"]:
            if relay["failures"]:
                yield f"The relay {relay['name']} does not answer: {relay['last_error']}"
        for archiver in overview["archivers"]:
            if archiver["failures"]:
                yield f"The archiver {archiver['name']} does not take posts: {archiver['last_error']}"
        for endpoint in overview["endpoints"]:
            what = "is switched off" if endpoint["off"] else "does not take posts"
            yield f"The endpoint {endpoint['place']} of {endpoint['list']} {what}: {endpoint['last_error']}"
        for pace in overview["paces"]:
            if pace["slowed"]:
                rate = f"{pace['limit']} recipients a minute"
                yield f"{pace['domain']} is slowed to {rate}, {pace['waiting']} wait: {clean(pace['last_reply'])}"
