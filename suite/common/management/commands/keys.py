"""manage.py keys: the site's secrets, by name and age, and new ones."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from suite.common import keys
from suite.common.commands import as_table


class Command(BaseCommand):
    help = "Show the ids of the site's keys, newest first; or make a new key for a purpose. Secrets are never shown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rotate", choices=keys.PURPOSES, help="Make a new key; the old ones go on verifying.")
        parser.add_argument(
            "--keep", type=int, default=2, help="How many keys of the purpose remain, the new one included."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ring = settings.KEY_RING
        if options["rotate"]:
            ring = self._rotate(options["rotate"], options["keep"])
        rows = [
            {"purpose": purpose, "key": key.id, "made": key.created, "signs": "yes" if key is known[0] else ""}
            for purpose, known in ring.keys.items()
            for key in known
        ]
        self.stdout.write(as_table(rows, ("purpose", "key", "made", "signs")))

    def _rotate(self, purpose: str, keep: int) -> keys.KeyRing:
        if keep < 1:
            raise CommandError("One key must remain.")
        if os.environ.get("POSTHOUSE_KEYS"):
            raise CommandError(
                f"The key ring stands in POSTHOUSE_KEYS. Write it to {settings.KEY_FILE}, unset the variable, rotate, and "
                "set the variable to what the file holds then."
            )
        try:
            ring = keys.load(settings.KEY_FILE).rotated(purpose, keep=keep)
            keys.save(settings.KEY_FILE, ring)
        except keys.KeyRingError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Restart all processes: until then they know the old keys alone.")
        return ring
