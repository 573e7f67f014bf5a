"""manage.py endpoint: lists and members whose posts go over HTTP instead of mail."""

import secrets
import sys
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Count, F

from delivery.endpoints import knocking, managing
from delivery.management.members import member_named
from delivery.management.printing import OperatorCommand
from delivery.models import Batch, Endpoint
from delivery.services.claiming import OPEN
from lists.management.named import list_named
from lists.models import MailingList, Membership
from suite.common.commands import plain_errors

ACTOR = "manage.py endpoint"
COLUMNS = ("list", "member", "url", "mail", "state", "waiting", "taken", "trouble")
ACTIONS = {
    "test": "Send a signed test to it, and say what it answers.",
    "rotate": "Give it a new key; the one before signs as well for a day.",
    "on": "Use it again, and try at once what waits.",
    "off": "Send mail instead, until it is switched on.",
    "retry": "Try at once what waits.",
    "remove": "Send mail instead, for good.",
}


class Command(OperatorCommand):
    help = "HTTP endpoints that get posts instead of mail. Without words: those there are."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        kinds = parser.add_subparsers(dest="what")
        shown = kinds.add_parser("show", help="What is known of them.")
        shown.add_argument("list", nargs="?", help="Posting address or list-id: those of this list alone.")
        given = kinds.add_parser("set", help="Send a list's or a member's posts there; prints the key, once.")
        _named(given)
        given.add_argument("url", help="- reads it from standard input, where no other user sees it.")
        given.add_argument("--with-mail", action="store_true", help="A list's: members get their mail as well.")
        for name, words in ACTIONS.items():
            _named(kinds.add_parser(name, help=words))

    def handle(self, *args: Any, **options: Any) -> None:
        what = options["what"]
        mlist = list_named(options["list"]) if options.get("list") else None
        if what in (None, "show") or mlist is None:
            self._show(mlist, options["json"])
            return
        member = member_named(mlist, options["member"]) if options["member"] else None
        with plain_errors():
            if what == "set":
                self._set(mlist, member, options)
            else:
                act: Callable[[Endpoint], None] = getattr(self, f"_{what}")
                act(managing.of(mlist, member))

    def _set(self, mlist: MailingList, member: Membership | None, options: dict[str, Any]) -> None:
        url = sys.stdin.readline().strip() if options["url"] == "-" else options["url"]
        endpoint, secret = managing.set_endpoint(
            mlist, url, membership=member, with_mail=options["with_mail"], actor=ACTOR
        )
        if member is not None:
            self.stdout.write(f"Posts of {mlist} for {options['member']} go to {endpoint.place} instead of mail.")
        elif endpoint.with_mail:
            self.stdout.write(f"Posts of {mlist} go to {endpoint.place}, and by mail to its members.")
        else:
            self.stdout.write(f"Posts of {mlist} go to {endpoint.place}; its members get none of them by mail.")
        self._tell_key(secret) if secret else self.stdout.write("It keeps its key.")

    def _tell_key(self, secret: str) -> None:
        self.stdout.write(f"Its key, which is shown this once: {secret}")

    def _test(self, endpoint: Endpoint) -> None:
        mlist = endpoint.mlist
        letter = (
            f"From: {mlist.owner_address}\r\nTo: {mlist.posting_address}\r\nSubject: Test\r\n"
            f"List-Id: <{mlist.list_id}>\r\n\r\nThis endpoint gets posts of {mlist.posting_address}.\r\n"
        )
        managing.check(endpoint.url)
        fields = {"List-Id": f"<{mlist.list_id}>", "Posthouse-Test": "yes"}
        heard = knocking.knock(endpoint, f"test_{secrets.token_hex(16)}", letter.encode(), fields)
        if not heard.reply.ok:
            raise CommandError(heard.reply.text)
        self.stdout.write(heard.reply.text)

    def _rotate(self, endpoint: Endpoint) -> None:
        self._tell_key(managing.rotate(endpoint, actor=ACTOR))

    def _on(self, endpoint: Endpoint) -> None:
        managing.switch_on(endpoint, actor=ACTOR)
        self.stdout.write("It is on.")

    def _off(self, endpoint: Endpoint) -> None:
        managing.switch_off(endpoint, "switched off by hand", actor=ACTOR)
        self.stdout.write("It is off: posts go by mail.")

    def _retry(self, endpoint: Endpoint) -> None:
        self.stdout.write(f"{managing.try_now(endpoint)} posts are tried now.")

    def _remove(self, endpoint: Endpoint) -> None:
        managing.remove(endpoint, actor=ACTOR)
        self.stdout.write("Removed: posts go by mail.")

    def _show(self, mlist: MailingList | None, as_json: bool) -> None:
        rows = [_standing(endpoint, waiting) for endpoint, waiting in _endpoints(mlist)]
        if as_json:
            self.print_json(rows)
        elif rows:
            self.print_table(COLUMNS, [[row[column] for column in COLUMNS] for row in rows])
        else:
            self.stdout.write("There is none: all posts go by mail.")


def _named(parser: CommandParser) -> None:
    parser.add_argument("list", help="Posting address or list-id.")
    parser.add_argument("--member", metavar="ADDRESS", help="This member's; else the list's own.")


def _endpoints(mlist: MailingList | None) -> list[tuple[Endpoint, int]]:
    """With how many posts wait for each. 2 queries."""
    rows = Endpoint.objects.select_related(
        "mlist__domain", "membership__address", "membership__user__preferred_address"
    ).order_by("mlist__list_id", F("membership").asc(nulls_first=True))
    found = list(rows.filter(mlist=mlist) if mlist else rows)
    waiting = Batch.objects.filter(endpoint__in=found, state__in=OPEN).order_by().values_list("endpoint")
    counts = dict(waiting.annotate(Count("pk")))
    return [(row, counts.get(row.pk, 0)) for row in found]


def _standing(endpoint: Endpoint, waiting: int) -> dict[str, Any]:
    address = endpoint.membership.subscriber_address if endpoint.membership else None
    return {
        "list": endpoint.mlist.list_id,
        "member": address.original_email if address else "",
        "url": endpoint.url,
        "mail": endpoint.with_mail,
        "state": "off" if endpoint.off_at else "failing" if endpoint.failures else "on",
        "waiting": waiting,
        "taken": endpoint.taken_at,
        "trouble": endpoint.last_error or endpoint.off_reason,
    }
