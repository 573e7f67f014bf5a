"""manage.py digests: what is collected for them; send it now, begin a new volume."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError, CommandParser

from delivery.management.printing import OperatorCommand
from delivery.services import issues
from lists.management.named import list_named
from lists.models import MailingList
from suite.common.commands import plain_errors

ACTOR = "manage.py digests"


class Command(OperatorCommand):
    help = "Show what lists have collected for their digests; with options, send it now or begin a new volume."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("-l", "--list", action="append", default=[], help="This list only; may be repeated.")
        parser.add_argument("-s", "--send", action="store_true", help="Send what has been collected.")
        parser.add_argument(
            "-p", "--periodic", action="store_true", help="Send it for lists with digest_send_periodic."
        )
        parser.add_argument("-b", "--bump", action="store_true", help="Begin a new volume, before anything is sent.")
        parser.add_argument("-n", "--dry-run", action="store_true", help="Say what would be done, and do nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["send"] and options["periodic"]:
            raise CommandError("--send and --periodic exclude each other.")
        with plain_errors():
            answers = [_act(mlist, options) for mlist in _chosen(options["list"])]
        if options["json"]:
            self.print_json(answers)
            return
        rows = [
            (answer["list_id"], answer["volume"], answer["number"], answer["posts"], answer["size"], answer["done"])
            for answer in answers
        ]
        if rows:
            self.print_table(("list", "volume", "issue", "posts", "bytes", "done"), rows)


def _chosen(names: Iterable[str]) -> list[MailingList]:
    if names:
        return list(dict.fromkeys(list_named(name) for name in names))
    return list(MailingList.objects.select_related("domain").order_by("list_id"))


def _act(mlist: MailingList, options: dict[str, Any]) -> dict[str, Any]:
    """What is collected and which issue comes next, as it was before; and what was done, or would be."""
    before = issues.standing(mlist)
    wanted = options["send"] or (options["periodic"] and mlist.digest_send_periodic)
    volume, number = (mlist.volume + 1, 1) if options["bump"] else (before.volume, before.number)
    done = []
    if options["bump"]:
        if not options["dry_run"]:
            issues.bump(mlist, actor=ACTOR)
        done.append(f"volume {volume} begins")
    if wanted and before.posts:
        made = [] if options["dry_run"] else issues.close(mlist, actor=ACTOR)
        names = ", ".join(map(str, made)) or f"Vol {volume}, Issue {number}"
        done.append(f"{names} is sent")
    said = "; ".join(done)
    return {
        "list_id": mlist.list_id,
        "volume": before.volume,
        "number": before.number,
        "posts": before.posts,
        "size": before.size,
        "last": before.last,
        "open": before.open,
        "done": f"not done: {said}" if options["dry_run"] and said else said,
    }
