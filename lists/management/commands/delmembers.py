from argparse import FileType
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lists.enums import MemberRole
from lists.errors import NotSubscribed
from lists.management.named import list_named
from lists.models import MailingList, Membership
from lists.services.leaving import leave
from suite.mail import addresses
from suite.mail.addresses import parse_mailboxes


class Command(BaseCommand):
    help = "Takes members off a list at once: nobody is asked, and nothing is sent but what you ask for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("-l", "--list", help="Posting address or list-id.")
        parser.add_argument("-m", "--member", action="append", default=[], help="An address; may be repeated.")
        parser.add_argument(
            "-f",
            "--file",
            type=FileType(encoding="utf-8", errors="replace"),
            help="One mailbox a line; lines that begin with # are skipped. - = standard input.",
        )
        parser.add_argument("-a", "--all", action="store_true", help="All members of the list.")
        parser.add_argument("--fromall", action="store_true", help="The addresses are taken off every list.")
        parser.add_argument("-g", "--goodbye", action="store_true", help="Send each the list's goodbye.")
        parser.add_argument("-G", "--no-goodbye", action="store_true", help="Send no goodbye, as without it.")
        parser.add_argument("-n", "--notify", action="store_true", help="Tell the owners of each.")
        parser.add_argument("-N", "--no-notify", action="store_true", help="Tell no owner, as without it.")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = [*options["member"], *_read(options["file"])]
        if bool(options["list"]) == options["fromall"]:
            raise CommandError("Name one list with --list, or all of them with --fromall.")
        if bool(wanted) == options["all"]:
            raise CommandError("Name addresses with --member or --file, or all members with --all.")
        if options["all"] and options["fromall"]:
            raise CommandError("--all is for one list.")
        if options["all"]:
            rows = list(list_named(options["list"]).memberships.filter(role=MemberRole.MEMBER).order_by("pk"))
            missing: list[str] = []
        else:
            mlist = list_named(options["list"]) if options["list"] else None
            rows, missing = _named(mlist, wanted)
        for row in rows:
            _remove(row, options)
        self.stdout.write(f"Removed {len(rows)}, not there {len(missing)}.")
        for address in missing:
            self.stderr.write(f"{address} is no member.")
        if missing:
            raise CommandError(f"{len(missing)} could not be removed.", returncode=2)


def _remove(row: Membership, options: dict[str, Any]) -> None:
    try:
        leave(
            row.mlist,
            row,
            pre_confirmed=True,
            pre_approved=True,
            send_goodbye=options["goodbye"],
            tell_owners=options["notify"],
            actor="delmembers",
        )
    except NotSubscribed:  # left by himself meanwhile
        return


def _named(mlist: MailingList | None, wanted: list[str]) -> tuple[list[Membership], list[str]]:
    """The memberships under exactly these addresses, on the list or on all, and the addresses that have none."""
    rows: dict[int, Membership] = {}
    missing = []
    members = Membership.objects.filter(role=MemberRole.MEMBER).select_related("mlist__domain").order_by("pk")
    if mlist is not None:
        members = members.filter(mlist=mlist)
    for address in wanted:
        key = addresses.key(address)
        found = [*members.filter(address__email=key), *members.filter(user__preferred_address__email=key)]
        rows.update((row.pk, row) for row in found)
        if not found:
            missing.append(address)
    return list(rows.values()), missing


def _read(file: Any) -> Iterator[str]:
    """The addresses of a file; a line that holds none, or several, is passed on whole, to be reported."""
    if file is None:
        return
    with file as lines:
        for line in lines:
            text = line.strip()
            if text and not text.startswith("#"):
                found = parse_mailboxes(text)
                yield found[0].address if len(found) == 1 else text
