"""manage.py mta: maps and configuration for the MTA in front."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from delivery.mta import files
from suite.common.commands import plain_errors


class Command(BaseCommand):
    help = "Write maps and configuration for the MTA in front into POSTHOUSE_MTA_FOLDER, or show or compare them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("mta", nargs="?", choices=list(files.MTAS), help="default: what POSTHOUSE_MTA names")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--print", action="store_true", help="Show the files, write nothing.")
        what.add_argument("--check", action="store_true", help="End with 1 where a file is not up to date.")

    def handle(self, *args: Any, **options: Any) -> None:
        mta = options["mta"] or settings.MTA
        if not mta:
            raise CommandError(
                "POSTHOUSE_MTA names none: say which MTA, or let it ask the LMTP door (docs/operator.md)."
            )
        with plain_errors():
            if options["print"]:
                for name, text in files.wanted(mta).items():
                    self.stdout.write(f"==> {settings.MTA_FOLDER / name} <==\n{text}")
            elif options["check"]:
                stale = files.differing(mta)
                if stale:
                    raise CommandError(f"Not up to date in {settings.MTA_FOLDER}: {', '.join(stale)}.")
                self.stdout.write(f"All files for {mta} in {settings.MTA_FOLDER} are up to date.")
            else:
                changed = files.write(mta)
                self.stdout.write(f"{settings.MTA_FOLDER}: {', '.join(changed) or 'nothing'} written anew.")
