import asyncio
import gc
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from delivery.lmtp.server import CannotListen, Config, run


class Command(BaseCommand):
    help = "Takes mail from the MTA over LMTP (RFC 2033), until SIGTERM. POSTHOUSE_LMTP_HOST and _PORT say where."
    requires_system_checks = ("plugins",)  # a letter is not refused that a plugin left out would have refused
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        gc.collect()
        gc.freeze()  # what has been imported stays: no collection looks at it again
        try:
            asyncio.run(run(Config.from_settings(), self._ready))
        except CannotListen as error:
            raise CommandError(str(error)) from error

    def _ready(self, place: str) -> None:
        self.stdout.write(f"The LMTP door is open on {place}.")
        self.stdout.flush()
