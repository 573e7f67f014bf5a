from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lists.management.named import list_named
from lists.models import MailingList
from moderation.services import summary
from suite.common.commands import as_json


class Command(BaseCommand):
    help = "Tells owners and moderators by mail what waits for them: once a day and list at most, nothing where nothing waits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("-l", "--list", action="append", help="Posting address or list-id; all lists without it.")
        parser.add_argument("-n", "--dry-run", action="store_true", help="Only say what waits.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        act = summary.look if options["dry_run"] else summary.remind
        rows = []
        for mlist in _lists(options["list"]):
            found = act(mlist)
            rows.append({"list": mlist.posting_address, "posts": found.posts, "requests": found.requests})
        if options["json"]:
            self.stdout.write(as_json(rows))
            return
        for row in rows:
            if row["posts"] or row["requests"]:
                self.stdout.write(f"{row['list']}: posts {row['posts']}, requests {row['requests']}")


def _lists(names: list[str] | None) -> list[MailingList]:
    if names:
        return [list_named(name) for name in names]
    return list(MailingList.objects.select_related("domain").order_by("list_id"))
