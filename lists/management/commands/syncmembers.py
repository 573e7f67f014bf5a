from argparse import FileType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lists.errors import NotSubscribed
from lists.management.commands.addmembers import DELIVERIES, mailboxes, one_by_one
from lists.management.named import list_named
from lists.models import MailingList, Membership
from lists.queries import members
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.memberships import add_members
from lists.services.workflow import Step
from suite.mail import addresses
from suite.mail.addresses import Mailbox, format_mailbox

BY = "syncmembers"


class Command(BaseCommand):
    help = "Makes the members of a list those of a file: nobody is asked, and nothing is sent but what you ask for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", help="Posting address or list-id.")
        parser.add_argument(
            "file",
            nargs="?",
            default="-",
            type=FileType(encoding="utf-8", errors="replace"),
            help="One mailbox a line, as in `Anne <anne@example.com>`; lines that begin with # are skipped. - = standard input.",
        )
        parser.add_argument("-d", "--delivery", choices=DELIVERIES, help="How who is added gets mail.")
        parser.add_argument("-w", "--welcome", action="store_true", help="Send who is added the list's welcome.")
        parser.add_argument("-W", "--no-welcome", action="store_true", help="Send no welcome, as without it.")
        parser.add_argument("-g", "--goodbye", action="store_true", help="Send who is taken off the list's goodbye.")
        parser.add_argument("-G", "--no-goodbye", action="store_true", help="Send no goodbye, as without it.")
        parser.add_argument("-a", "--admin-notify", action="store_true", help="Tell the owners of each.")
        parser.add_argument("-A", "--no-admin-notify", action="store_true", help="Tell no owner, as without it.")
        parser.add_argument("-n", "--no-change", "--dry-run", action="store_true", help="Say what would be done only.")

    def handle(self, *args: Any, **options: Any) -> None:
        mlist = list_named(options["list"])
        with options["file"] as lines:
            wanted = _read(list(mailboxes(lines)))
        there = [(row, row.subscriber_address) for row in members(mlist).order_by("pk")]
        known = {address.email for _, address in there if address}
        come = [person for key, person in wanted.items() if key not in known]
        gone = [(row, address) for row, address in there if address is None or address.email not in wanted]
        for person in come:
            self.stdout.write(f"[ADD] {format_mailbox(person.name, person.address)}")
        for row, address in gone:
            self.stdout.write(
                f"[DEL] {format_mailbox(address.display_name, address.original_email) if address else row}"
            )
        if not come and not gone:
            self.stdout.write("Nothing to do.")
        if not options["no_change"]:
            self._change(mlist, come, [row for row, _ in gone], options)

    def _change(self, mlist: MailingList, come: list[Mailbox], gone: list[Membership], options: dict[str, Any]) -> None:
        preferences = DELIVERIES.get(options["delivery"], {})
        if options["welcome"] or options["admin_notify"]:
            added = one_by_one(mlist, come, lambda person: _join(mlist, person, options, preferences))
        else:
            added = add_members(mlist, come, actor=BY, **preferences)
        for row in gone:
            _leave(mlist, row, options)
        for _, why in added.refused:
            self.stderr.write(why)
        if added.refused:
            raise CommandError(f"{len(added.refused)} could not be added.", returncode=2)


def _read(people: list[Mailbox]) -> dict[str, Mailbox]:
    """By address. Of a file with a line that names nobody nothing is done: whom it means would be taken off."""
    unclear = [person.address for person in people if not addresses.is_valid(person.address)]
    if unclear:
        raise CommandError(f"Nothing is changed, for this is no address: {'; '.join(unclear)}")
    return {addresses.key(person.address): person for person in reversed(people)}


def _join(mlist: MailingList, person: Mailbox, options: dict[str, Any], preferences: dict[str, Any]) -> Step:
    return join(
        mlist,
        person.address,
        display_name=person.name,
        pre_verified=True,
        pre_confirmed=True,
        pre_approved=True,
        send_welcome=options["welcome"],
        tell_owners=options["admin_notify"],
        actor=BY,
        **preferences,
    )


def _leave(mlist: MailingList, row: Membership, options: dict[str, Any]) -> None:
    try:
        leave(
            mlist,
            row,
            pre_confirmed=True,
            pre_approved=True,
            send_goodbye=options["goodbye"],
            tell_owners=options["admin_notify"],
            actor=BY,
        )
    except NotSubscribed:  # left by himself meanwhile
        return
