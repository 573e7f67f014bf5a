"""Commands that do one thing to each of some arrivals."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from archives.models import Arrival
from delivery.management.printing import the_arrival
from suite.common.commands import plain_errors

BY = "manage.py"
"""Who acts, for the audit trail."""


class ArrivalsCommand(BaseCommand):
    """Goes through the arrivals that are named, in their order, and stops at the first for which it cannot be done."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "arrivals", nargs="+", metavar="ARRIVAL", help="Numbers or Message-IDs; see manage.py queue STATE."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for wanted in options["arrivals"]:
            with plain_errors():
                self.stdout.write(self.act(the_arrival(wanted), **options))

    def act(self, arrival: Arrival, **options: Any) -> str:
        """Do it, and return a sentence that says so."""
        raise NotImplementedError
