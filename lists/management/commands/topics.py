from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lists.management.named import list_named
from lists.models import MailingList, Membership
from lists.queries import standings
from lists.services import topics
from suite.common.commands import as_json, plain_errors
from suite.mail import addresses

BY = "manage.py"


class Command(BaseCommand):
    help = "Names the topics of a list, or those a member wants; with topics or --all, sets them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", help="Posting address or list-id.")
        parser.add_argument(
            "member", nargs="?", help="An address of the member; without one the list's topics are named."
        )
        parser.add_argument("topics", nargs="*", help="The topics he wants to get posts about.")
        parser.add_argument("--only", action="store_true", help="And no posts that are about no topic.")
        parser.add_argument("--all", action="store_true", help="All posts again, whatever they are about.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        mlist = list_named(options["list"])
        if not options["member"]:
            self._name(mlist, options["json"])
            return
        if options["all"] and (options["topics"] or options["only"]):
            raise CommandError("Either topics or --all.")
        if options["only"] and not options["topics"]:
            raise CommandError("--only needs topics.")
        membership = member_named(mlist, options["member"])
        with plain_errors():
            if options["topics"] or options["all"]:
                topics.choose(membership, options["topics"], untagged=not options["only"], actor=BY)
            wanted, untagged = topics.chosen(membership)
        if options["json"]:
            self.stdout.write(as_json({"member": options["member"], "topics": wanted, "untagged": untagged}))
        elif wanted:
            others = "and posts about none" if untagged else "and nothing else"
            self.stdout.write(f"{options['member']} gets posts about {', '.join(wanted)}, {others}.")
        else:
            self.stdout.write(f"{options['member']} gets all posts.")

    def _name(self, mlist: MailingList, json: bool) -> None:
        if json:
            self.stdout.write(as_json({"enabled": mlist.topics_enabled, "topics": mlist.topics}))
            return
        for topic in mlist.topics:
            self.stdout.write(f"{topic['name']}: {topic['pattern']}  {topic['description']}".rstrip())
        if not mlist.topics_enabled:
            self.stdout.write("(topics_enabled is off: posts are not sorted)")


def member_named(mlist: MailingList, address: str) -> Membership:
    key = addresses.key(address)
    membership = standings(mlist, [key])[key].member
    if membership is None:
        raise CommandError(f"{address} is no member of {mlist.posting_address}.")
    return membership
