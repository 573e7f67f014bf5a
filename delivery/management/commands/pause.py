"""manage.py pause: nothing to a member until a day, and then what he missed as one digest."""

from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from delivery.management.members import member_named
from delivery.management.printing import OperatorCommand
from delivery.models import DeliveryPause
from delivery.services import pausing
from lists.management.named import list_named
from lists.models import Membership
from suite.common.commands import plain_errors

ACTOR = "manage.py pause"


class Command(OperatorCommand):
    help = "Show, begin or end a member's pause."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("list", help="Posting address or list-id.")
        parser.add_argument("member", help="The member's address.")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--until", metavar="DAY", help="As in 2026-12-24: when that day begins, in UTC, it ends.")
        what.add_argument("--end", action="store_true", help="End it now.")
        parser.add_argument("--no-digest", action="store_true", help="Bring nothing of what was missed.")

    def handle(self, *args: Any, **options: Any) -> None:
        membership = member_named(list_named(options["list"]), options["member"])
        with plain_errors():
            if options["until"]:
                pausing.pause(membership, _day(options["until"]), digest=not options["no_digest"], actor=ACTOR)
            if options["end"]:
                pausing.resume(membership, actor=ACTOR)
        answer = describe(membership)
        if options["json"]:
            self.print_json(answer)
        else:
            self.print_table(("what", "value"), list(answer.items()))


def describe(membership: Membership) -> dict[str, Any]:
    found = DeliveryPause.objects.filter(membership=membership, last__isnull=True).first()
    return {
        "paused": found is not None,
        "until": found.until if found else None,
        "digest": found.digest if found else None,
    }


def _day(text: str) -> datetime:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is no day: write it as in 2026-12-24.") from None
    return datetime(found.year, found.month, found.day, tzinfo=UTC)
