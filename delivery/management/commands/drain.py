"""manage.py drain: work off, here and now, what waits."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from delivery import tasks
from suite.common.enums import BellKind


class Command(BaseCommand):
    help = "Work on everything that is due, in this process, as a worker would; then end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "kinds", nargs="*", metavar="KIND", help=f"Of {', '.join(BellKind.values)}; all without any."
        )
        parser.add_argument("--seconds", type=float, default=tasks.DRAIN_SECONDS, help="At most so long for each kind.")

    def handle(self, *args: Any, **options: Any) -> None:
        for kind in options["kinds"] or BellKind.values:
            tasks.drain(BellKind(kind), options["seconds"])
