"""manage.py parse_bounce: what would be read out of letters to a bounce address."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from suite.mail.bounces.reading import read


class Command(BaseCommand):
    help = (
        "Read bounces from files and print one line of JSON for each: who failed, for good or for now. Changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        unread = 0
        for name in options["files"]:
            try:
                letter = Path(name).read_bytes()
            except OSError as error:
                unread += 1
                self.stdout.write(json.dumps({"file": name, "error": error.strerror or str(error)}))
                continue
            self.stdout.write(json.dumps(_answer(name, letter), ensure_ascii=False))
        if unread:
            raise CommandError(f"{unread} of {len(options['files'])} files could not be read.")


def _answer(name: str, letter: bytes) -> dict[str, Any]:
    report = read(letter)
    return {
        "file": name,
        "permanent": report.permanent,
        "temporary": report.temporary,
        "kind": report.kind,
        "causes": {failure.address: failure.cause for failure in report.failures},
    }
