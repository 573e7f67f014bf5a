"""manage.py relays: the MTAs that take our mail, and which mail each of them takes."""

import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser

from delivery.management.printing import OperatorCommand
from delivery.models import OutgoingRelay, RelayRoute, RelayState
from delivery.services import routes
from lists.management.named import list_named
from lists.models import Domain
from suite.common.commands import plain_errors

BY = "relays"


class Command(OperatorCommand):
    help = "Relays beside the one in the settings, and which mail goes to which of them. Without words: what there is."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        kinds = parser.add_subparsers(dest="what")
        given = kinds.add_parser("set", help="Make a relay, or give it another address.")
        given.add_argument("name")
        given.add_argument(
            "url", help="As POSTHOUSE_RELAY_URL; - reads it from standard input, where no other user sees it."
        )
        removed = kinds.add_parser("remove", help="Forget a relay that no route names.")
        removed.add_argument("name")
        routed = kinds.add_parser(
            "route", help="Say which relays take some mail, the first that answers; none: as before."
        )
        sender = routed.add_mutually_exclusive_group()
        sender.add_argument("--list", metavar="LIST", help="Mail of this list alone.")
        sender.add_argument("--domain", metavar="HOST", help="Mail of the lists on this mail host.")
        routed.add_argument("--to", metavar="DOMAIN", default="", help="Mail to addresses at this domain alone.")
        routed.add_argument("names", nargs="*", metavar="RELAY")

    def handle(self, *args: Any, **options: Any) -> None:
        with plain_errors():
            match options["what"]:
                case "set":
                    url = sys.stdin.readline().strip() if options["url"] == "-" else options["url"]
                    self.stdout.write(f"{options['name']} is {routes.set_relay(options['name'], url, actor=BY).url}.")
                case "remove":
                    routes.remove_relay(options["name"], actor=BY)
                    self.stdout.write("Removed.")
                case "route":
                    self._route(options)
                case _:
                    self._show(options["json"])

    def _route(self, options: dict[str, Any]) -> None:
        domain = None
        if options["domain"]:
            domain = Domain.objects.filter(mail_host=options["domain"].lower()).first()
            if domain is None:
                raise CommandError(f"There is no domain {options['domain']}.")
        mlist = list_named(options["list"]) if options["list"] else None
        names = options["names"]
        routes.set_route(names, mlist=mlist, domain=domain, recipient_domain=options["to"], actor=BY)
        self.stdout.write(
            f"Such mail goes to {', else to '.join(names)}." if names else "Such mail has no route of its own."
        )

    def _show(self, as_json: bool) -> None:
        relays, routed = list(_relays()), sorted(_routes(), key=lambda row: (row["from"], row["to"], row["place"]))
        if as_json:
            self.print_json({"relays": relays, "routes": routed})
            return
        if not relays:
            self.stdout.write("There is none: everything goes to the relay in the settings.")
            return
        self.print_table(tuple(relays[0]), [tuple(row.values()) for row in relays])
        if routed:
            self.stdout.write("")
            self.print_table(tuple(routed[0]), [tuple(row.values()) for row in routed])


def _relays() -> Iterator[dict[str, Any]]:
    silent = {state.name: state for state in RelayState.objects.filter(failures__gt=0)}
    for relay in OutgoingRelay.objects.order_by("name"):
        state = silent.get(relay.name)
        yield {
            "name": relay.name,
            "url": relay.url,
            "password": "set" if relay.password else "",
            "failures": state.failures if state else 0,
            "last error": state.last_error if state else "",
        }


def _routes() -> Iterator[dict[str, Any]]:
    for row in RelayRoute.objects.select_related("mlist", "domain", "relay"):
        yield {
            "from": str(row.mlist.list_id if row.mlist else row.domain or "any list"),
            "to": row.recipient_domain or "everybody",
            "place": row.place,
            "relay": row.relay.name,
        }
