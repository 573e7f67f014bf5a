"""manage.py show: one arrival with its letter."""

import sys
from typing import Any

from django.core.management.base import CommandParser

from archives.models import Letter
from delivery.management.printing import OperatorCommand, clean, details, the_arrival
from delivery.services import tracing


class Command(OperatorCommand):
    help = "Show one arrival: its envelope, why it is where it is, and its letter."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("arrival", help="Its number, or its Message-ID.")
        parser.add_argument("--raw", action="store_true", help="Write the letter's bytes, and nothing else.")

    def handle(self, *args: Any, **options: Any) -> None:
        arrival = the_arrival(options["arrival"])
        raw = bytes(Letter.objects.get(pk=arrival.letter_id).raw)
        if options["raw"]:
            sys.stdout.buffer.write(raw)
            return
        steps = tracing.story(arrival)
        if options["json"]:
            self.print_json(
                {"arrival": arrival.pk, "state": arrival.state, "story": steps, "letter": raw.decode("latin-1")}
            )
            return
        for step in steps:
            self.stdout.write(f"{step.what}: {details({k: v for k, v in step.details.items() if k != 'traceback'})}")
        if arrival.traceback:
            self.stdout.write("\n" + arrival.traceback)
        self.stdout.write("")
        for line in raw.decode("utf-8", "replace").splitlines()[:200]:
            self.stdout.write(clean(line))
