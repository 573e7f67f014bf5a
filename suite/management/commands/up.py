"""Everything a site needs, on one host, by one command."""

import importlib
import sys
from typing import Any

from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse
from django.utils import translation

from delivery import tasks
from suite.processes import preflight, table
from suite.processes.supervisor import Supervisor
from suite.seed import login

SHARED = (
    "suite.wsgi",
    "suite.common.broker",
    "django_q.cluster",
    "django.template.loader_tags",
    "multiprocessing.popen_fork",
    "whitenoise.middleware",
)
"""Modules that children would import one by one."""


class Command(BaseCommand):
    help = "Start everything: web, LMTP, both lanes of work and the sweep. What dies is started again; SIGTERM ends it all."
    requires_system_checks = []  # preflight runs them, with the database's

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="with a mail sandbox that takes everything the suite sends"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        settings.DEMO = settings.DEMO or options["demo"]
        processes = table.wanted(demo=settings.DEMO)
        try:
            lock = preflight.Lock(settings.STATE)
            lock.take()
            preflight.check_privacy()
            preflight.check_tools()
            for process in processes:
                preflight.check_port(process)
            preflight.apart(preflight.check_database_answers, preflight.check_database)
            preflight.check_static_files()
        except preflight.NotReady as error:
            sys.exit(str(error))
        if any(process.name == "sandbox" for process in processes):
            settings.RELAY_URL = f"smtp://{settings.SANDBOX_HOST}:{settings.SANDBOX_PORT}"
        import_everything(processes)
        Supervisor(processes, lock.forget).run(lambda: self.ready(processes))

    def ready(self, processes: list[table.Process]) -> bool:
        """Whether everybody who listens does so by now; if so, tell where."""
        addresses = {process.name: process.address for process in processes if process.address}
        if not all(address.listens() for address in addresses.values()):
            return False
        self.stdout.write(f"Posthouse is ready: {settings.BASE_URL} has the lists and their archives.")
        self.stdout.write(f"Mail comes in by LMTP at {addresses['lmtp']} and goes out by {relay()}.")
        if "sandbox" in addresses:
            page = settings.BASE_URL + reverse("delivery:sandbox-index")
            self.stdout.write(f"That is the sandbox, which sends nothing on: {page} shows what it took.")
        if settings.DEMO and (known := login.known()):
            self.stdout.write(f"Log in as {known.email} with the password {known.password}")
        self.stdout.flush()
        return True


def relay() -> str:
    """The relay's address without what one needs to log in there."""
    scheme, _, rest = settings.RELAY_URL.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def import_everything(processes: list[table.Process]) -> None:
    """Once, before forking: all children share what the parent has imported, and what is loaded at a first piece of work."""
    commands = get_commands()
    for process in processes:
        load_command_class(commands[process.command[0]], process.command[0])
    for module in SHARED:
        importlib.import_module(module)
    reverse("lists:list-index")  # whose first call looks through all URLs
    translation.gettext("")
    for kind in tasks.DRAINS:
        tasks.due(kind)
