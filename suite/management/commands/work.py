from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from suite.checks import WITHOUT_PAGES
from suite.processes import cluster


class Command(BaseCommand):
    help = "Work on what waits: run one lane's task cluster until SIGTERM. Any number of them, on any number of hosts."
    requires_system_checks = WITHOUT_PAGES

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--lane", choices=settings.LANES, default=settings.LANES[0])

    def handle(self, *args: Any, **options: Any) -> None:
        cluster.run(options["lane"])
