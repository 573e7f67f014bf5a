from typing import Any

from django.core.management.base import BaseCommand

from suite.checks import WITHOUT_PAGES
from suite.processes import sweep


class Command(BaseCommand):
    help = "Look every two seconds for work that is due and call for it, until SIGTERM. One on each host at least."
    requires_system_checks = WITHOUT_PAGES

    def handle(self, *args: Any, **options: Any) -> None:
        sweep.run()
