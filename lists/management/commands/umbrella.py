from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lists.enums import Relation
from lists.management.named import list_named
from lists.models import ListRelation, MailingList
from lists.services import relations
from suite.common.commands import as_json, plain_errors

BY = "manage.py"


class Command(BaseCommand):
    help = "Says what a list has to do with others, and changes it: lists whose members get its posts, and siblings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", help="Posting address or list-id.")
        parser.add_argument(
            "--include",
            metavar="LIST",
            action="append",
            default=[],
            help="Its posts go to that list's members as well.",
        )
        parser.add_argument(
            "--exclude",
            metavar="LIST",
            action="append",
            default=[],
            help="A post to both goes once to who is a member of both.",
        )
        parser.add_argument("--remove", metavar="LIST", action="append", default=[], help="Neither any more.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        mlist = list_named(options["list"])
        with plain_errors():
            for name in options["remove"]:
                relations.forget(mlist, list_named(name), actor=BY)
            for kind in Relation:
                for name in options[kind.value]:
                    relations.relate(mlist, list_named(name), kind, actor=BY)
        rows = list(relations.relations(mlist))
        if options["json"]:
            self.stdout.write(as_json(_as_json(mlist, rows)))
            return
        for row in rows:
            self.stdout.write(f"{row.mlist.posting_address} {row.kind}s {row.other.posting_address}")
        if not rows:
            self.stdout.write(f"{mlist.posting_address} has nothing to do with other lists.")


def _as_json(mlist: MailingList, rows: list[ListRelation]) -> dict[str, list[str]]:
    def named(kind: Relation, own: bool) -> list[str]:
        found = (row for row in rows if row.kind == kind and (row.mlist_id == mlist.pk) is own)
        return [(row.other if own else row.mlist).list_id for row in found]

    return {
        "includes": named(Relation.INCLUDE, own=True),
        "included_by": named(Relation.INCLUDE, own=False),
        "excludes": named(Relation.EXCLUDE, own=True),
        "excluded_by": named(Relation.EXCLUDE, own=False),
    }
