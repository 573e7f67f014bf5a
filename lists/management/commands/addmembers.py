from argparse import FileType
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.enums import DeliveryMode, DeliveryStatus
from lists.enums import MemberRole
from lists.errors import AlreadySubscribed, RequestPending
from lists.management.named import list_named, role_named
from lists.models import MailingList
from lists.services.joining import join
from lists.services.memberships import Added, add_members
from lists.services.workflow import Step
from suite.common.errors import SuiteError
from suite.mail.addresses import Mailbox, parse_mailboxes

DELIVERIES: dict[str, dict[str, Any]] = {
    "regular": {"delivery_mode": DeliveryMode.REGULAR},
    "mime": {"delivery_mode": DeliveryMode.MIME_DIGESTS},
    "plain": {"delivery_mode": DeliveryMode.PLAINTEXT_DIGESTS},
    "summary": {"delivery_mode": DeliveryMode.SUMMARY_DIGESTS},
    "disabled": {"delivery_status": DeliveryStatus.BY_MODERATOR},
}


class Command(BaseCommand):
    help = "Adds members to a list at once: nobody is asked, and nothing is sent but what you ask for. Or invites them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", help="Posting address or list-id.")
        parser.add_argument(
            "file",
            nargs="?",
            default="-",
            type=FileType(encoding="utf-8", errors="replace"),
            help="One mailbox a line, as in `Anne <anne@example.com>`; lines that begin with # are skipped. - = standard input.",
        )
        parser.add_argument("--role", default="member", help="member, owner, moderator or nonmember.")
        parser.add_argument("-d", "--delivery", choices=DELIVERIES, help="How they get mail, where not as they set it.")
        asking = parser.add_mutually_exclusive_group()
        asking.add_argument(
            "-i", "--invite", action="store_true", help="Ask each by mail; who confirms becomes a member."
        )
        asking.add_argument("-w", "--welcome", action="store_true", help="Send each the list's welcome.")
        asking.add_argument("-W", "--no-welcome", action="store_true", help="Send nothing, as without it.")

    def handle(self, *args: Any, **options: Any) -> None:
        mlist, role = list_named(options["list"]), role_named(options["role"])
        preferences = DELIVERIES.get(options["delivery"], {})
        single = options["invite"] or options["welcome"]
        if single and role != MemberRole.MEMBER:
            raise CommandError("Only members are invited or welcomed.")
        with options["file"] as lines:
            people = mailboxes(lines)
            if single:
                added = one_by_one(mlist, people, lambda person: _join(mlist, person, options["invite"], preferences))
            else:
                added = add_members(mlist, people, role, actor="addmembers", **preferences)
        word = "Invited" if options["invite"] else "Added"
        self.stdout.write(f"{word} {added.count}, already there {len(added.already)}, refused {len(added.refused)}.")
        for _, why in added.refused:
            self.stderr.write(why)
        if added.refused:
            raise CommandError(f"{len(added.refused)} could not be added.", returncode=2)


def _join(mlist: MailingList, person: Mailbox, invite: bool, preferences: dict[str, Any]) -> Step:
    return join(
        mlist,
        person.address,
        display_name=person.name,
        pre_verified=True,
        pre_confirmed=True,
        pre_approved=True,
        invitation=invite,
        send_welcome=None if invite else True,
        actor="addmembers",
        **preferences,
    )


def one_by_one(mlist: MailingList, people: Iterable[Mailbox], act: Callable[[Mailbox], Step]) -> Added:
    """A transaction for each; what cannot be done for one is noted, and the others go on."""
    added = Added()
    for person in people:
        try:
            step = act(person)
        except (AlreadySubscribed, RequestPending):
            added.already.append(person.address)
        except SuiteError as error:
            added.refused.append((person.address, str(error)))
        else:
            if step.done or step.token:
                added.count += 1
            else:
                added.refused.append(
                    (person.address, f"{person.address} was asked today already, or wants to be left alone.")
                )
    return added


def mailboxes(lines: Iterable[str]) -> Iterator[Mailbox]:
    """A mailbox for each line; a line that holds none, or several, is passed on whole, to be refused with its text."""
    for line in lines:
        text = line.strip()
        if text and not text.startswith("#"):
            found = parse_mailboxes(text)
            yield found[0] if len(found) == 1 else Mailbox("", text)
