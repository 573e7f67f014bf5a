"""manage.py owndigest: a member's digest at his own hour."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from archives.models import Post
from delivery.management.members import member_named
from delivery.management.printing import OperatorCommand
from delivery.models import DigestChoice, MutedThread
from delivery.services import personal_digests
from lists.management.named import list_named
from lists.models import MailingList, Membership
from suite.common.commands import plain_errors
from suite.mail import ids

ACTOR = "manage.py owndigest"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Command(OperatorCommand):
    help = "Show or set when a member who takes digests gets one of his own, and the conversations that he has muted."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("list", help="Posting address or list-id.")
        parser.add_argument("member", help="The member's address.")
        when = parser.add_mutually_exclusive_group()
        when.add_argument("--hour", type=int, help="At this hour, 0 to 23, of his day.")
        when.add_argument("--end", action="store_true", help="Back to the list's issues.")
        parser.add_argument("--zone", default="UTC", help="His time zone, as in Europe/Berlin.")
        parser.add_argument("--weekday", choices=DAYS, help="Once a week; without it each day.")
        parser.add_argument("--mute", action="append", default=[], metavar="MESSAGE-ID", help="Its conversation goes.")
        parser.add_argument("--unmute", action="append", default=[], metavar="MESSAGE-ID", help="It comes again.")

    def handle(self, *args: Any, **options: Any) -> None:
        mlist = list_named(options["list"])
        membership = member_named(mlist, options["member"])
        with plain_errors():
            if options["hour"] is not None:
                day = DAYS.index(options["weekday"]) if options["weekday"] else None
                personal_digests.choose(
                    membership, time_zone=options["zone"], hour=options["hour"], weekday=day, actor=ACTOR
                )
            if options["end"]:
                personal_digests.end(membership, actor=ACTOR)
            for name in options["mute"]:
                personal_digests.mute(membership, _post(mlist, name), actor=ACTOR)
            for name in options["unmute"]:
                personal_digests.unmute(membership, _post(mlist, name), actor=ACTOR)
        answer = describe(membership)
        if options["json"]:
            self.print_json(answer)
        else:
            self.print_table(("what", "value"), list(answer.items()))


def describe(membership: Membership) -> dict[str, Any]:
    choice = DigestChoice.objects.filter(membership=membership, ended_at=None).first()
    muted = MutedThread.objects.filter(membership=membership).order_by("pk")
    return {
        "own": choice is not None,
        "zone": choice.time_zone if choice else None,
        "hour": choice.hour if choice else None,
        "weekday": DAYS[choice.weekday] if choice and choice.weekday is not None else None,
        "next": choice.next_at if choice else None,
        "muted": list(muted.values_list("post__thread__subject", flat=True)),
    }


def _post(mlist: MailingList, name: str) -> Post:
    """The post of this Message-ID, with or without angle brackets. Raises CommandError."""
    bare = name.strip().removeprefix("<").removesuffix(">")
    post = Post.objects.filter(archive__mlist=mlist, message_id_hash=ids.id_hash(bare)).order_by("pk").first()
    if post is None:
        raise CommandError(f"{mlist} has no post {name}.")
    return post
