from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lists.services.domains import create_domain
from suite.common.commands import plain_errors


class Command(BaseCommand):
    help = "Makes a mail host that lists can live on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("host", help="As in lists.example.org.")
        parser.add_argument("--alias", default="", help="A domain whose mail counts as mail to this host.")
        parser.add_argument("--description", default="")
        parser.add_argument("--url", default="", help="The domain's own web address, where it has one.")

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            domain = create_domain(
                options["host"],
                alias_domain=options["alias"],
                description=options["description"],
                base_url=options["url"],
                actor="createdomain",
            )
        self.stdout.write(f"Created the domain {domain.mail_host}.")
