from typing import Any

from django.core.management.base import BaseCommand

from suite.processes import web


class Command(BaseCommand):
    help = "Serve the web site by uWSGI on POSTHOUSE_WEB_HOST:POSTHOUSE_WEB_PORT until SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        web.run()
