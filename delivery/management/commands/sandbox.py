"""manage.py sandbox: a relay that takes everything and delivers nothing."""

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from delivery.sandbox import server


class Command(BaseCommand):
    help = "Take all mail on POSTHOUSE_SANDBOX_HOST:POSTHOUSE_SANDBOX_PORT, for looking at it under /sandbox/, until SIGTERM."
    requires_system_checks = ()
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asyncio.run(self._serve(settings.SANDBOX_HOST, settings.SANDBOX_PORT))
        except OSError as error:
            raise CommandError(f"The sandbox cannot listen: {error.strerror}. Set POSTHOUSE_SANDBOX_PORT.") from error

    async def _serve(self, host: str, port: int) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        self.stdout.write(f"The sandbox takes mail on {host}:{port}.")
        self.stdout.flush()
        await server.serve(host, port, stop)
