"""From a fresh checkout, or a new version, to a site that can start."""

import logging
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from suite.processes import preflight
from suite.seed import community, login


class Command(BaseCommand):
    help = "Set the site up, or bring it up to date: keys, tables, static files. With --demo also a community to look around in."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="seed a small community where there is nobody yet")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            preflight.check_state()
            preflight.check_database_answers()
        except preflight.NotReady as error:
            raise CommandError(str(error)) from error
        if not preflight.is_migrated():
            self.stdout.write("Bringing the database up to date ...")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        if (settings.DEMO or options["demo"]) and community.is_wanted():
            self.seed()

    def seed(self) -> None:
        self.stdout.write("Seeding a small community ...")
        logging.disable(logging.INFO)  # two lines for each letter
        community.plant()
        logging.disable(logging.NOTSET)
        if known := login.known():
            self.stdout.write(f"Its superuser is {known.email} with the password {known.password},")
            self.stdout.write(f"which {login.place()} keeps.")
