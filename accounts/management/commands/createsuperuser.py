import getpass
import os
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services.users import create_user
from suite.common.commands import plain_errors

PASSWORD = "DJANGO_SUPERUSER_PASSWORD"  # noqa: S105 - the name of the variable that Django's own command reads


class Command(BaseCommand):
    """In place of Django's, which would ask for our users' uuid and leave their address unproved."""

    help = f"Makes an owner of the site. The password is asked for, or read from {PASSWORD}."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="What the person signs in with. It counts as verified.")
        parser.add_argument("--name", default="", help="The person's name.")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get(PASSWORD) or _ask()
        with plain_errors():
            validate_password(password)
            user = create_user(
                options["email"], password=password, display_name=options["name"], verified=True, superuser=True
            )
        self.stdout.write(f"{user.email} owns the site.")


def _ask() -> str:
    if not sys.stdin.isatty():
        raise CommandError(f"There is no terminal to ask for a password: set {PASSWORD}.")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Password (again): "):
        raise CommandError("The two passwords differ.")
    return password
