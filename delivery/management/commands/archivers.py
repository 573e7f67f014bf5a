"""manage.py archivers: which archivers outside there are, who uses them, and what they have not taken."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from delivery.archivers.table import ARCHIVERS
from delivery.management.printing import OperatorCommand, age
from delivery.models import ArchiverCopy, ArchiverState
from delivery.services import archiving
from lists.management.named import list_named
from lists.models import MailingList
from lists.services.mailing_lists import change_settings
from suite.common.commands import plain_errors

ACTOR = "manage.py archivers"
ACTS = {"retry": ("Tries them now.", "will be tried now"), "drop": ("Gives them up.", "given up")}
SWITCHES = {
    "on": "Lets lists use an archiver.",
    "off": "Lets lists use it no more; what waits is delivered all the same.",
}


class Command(OperatorCommand):
    help = "Archivers outside: shows them and what they have not taken, tries that again or gives it up, and lets lists use them."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="what", required=True)
        listing = kinds.add_parser("list", help="Names the archivers, and the lists that use them.")
        waiting = kinds.add_parser("waiting", help="Names the posts that an archiver has not taken, the oldest first.")
        for command in (listing, waiting):
            super().add_arguments(command)
        waiting.add_argument("archiver", nargs="?", help="Of this archiver only.")
        waiting.add_argument("--most", type=int, default=50, help="So many of them at most.")
        for word, (sentence, _) in ACTS.items():
            command = kinds.add_parser(word, help=sentence)
            command.add_argument("copies", nargs="*", type=int, metavar="NUMBER", help="As `waiting` shows them.")
            command.add_argument("--archiver", help="All that wait for this one.")
        for word, sentence in SWITCHES.items():
            command = kinds.add_parser(word, help=sentence)
            command.add_argument("archiver")
            command.add_argument("lists", nargs="*", metavar="LIST", help="Posting addresses or list-ids.")
            command.add_argument("--all", action="store_true", help="Every list.")

    def handle(self, *args: Any, **options: Any) -> None:
        word = options["what"]
        if word == "list":
            self._list(options["json"])
        elif word == "waiting":
            self._wait(options)
        elif word in ACTS:
            self._act(word, options)
        else:
            self._switch(options["archiver"], _chosen(options), on=word == "on")

    def _list(self, as_json: bool) -> None:
        rows = list(describe())
        if as_json:
            self.print_json(rows)
            return
        columns = ("archiver", "site", "lists", "waiting", "what", "trouble")
        self.print_table(columns, [[row[name] for name in columns] for row in rows])

    def _wait(self, options: dict[str, Any]) -> None:
        copies = _of(options["archiver"]) if options["archiver"] else ArchiverCopy.objects.all()
        now = timezone.now()
        rows: list[dict[str, Any]] = [
            {
                "number": copy.pk,
                "archiver": copy.archiver,
                "list": copy.mlist.list_id,
                "age": round((now - copy.made_at).total_seconds(), 1),
                "tries": copy.attempts,
                "next": copy.due_at,
                "message-id": copy.message_id,
                "error": copy.last_error,
            }
            for copy in copies.select_related("mlist").defer("header").order_by("made_at", "pk")[: options["most"]]
        ]
        if options["json"]:
            self.print_json(rows)
        elif rows:
            columns = ("number", "archiver", "list", "age", "tries", "message-id", "error")
            self.print_table(columns, [[(row | {"age": age(row["age"])})[name] for name in columns] for row in rows])
        else:
            self.stdout.write("Nothing waits.")

    def _act(self, word: str, options: dict[str, Any]) -> None:
        if bool(options["copies"]) == bool(options["archiver"]):
            raise CommandError("Name copies by their numbers, or an archiver with --archiver.")
        copies = _of(options["archiver"]) if options["archiver"] else _numbered(options["copies"])
        count = archiving.drop(copies) if word == "drop" else archiving.try_again(copies)
        self.stdout.write(f"{count} {ACTS[word][1]}.")

    def _switch(self, archiver: str, lists: Iterable[MailingList], *, on: bool) -> None:
        if archiver not in ARCHIVERS:
            raise CommandError(f"There is no archiver {archiver}. There are: {', '.join(ARCHIVERS)}.")
        for mlist in lists:
            names = [name for name in mlist.archivers if name != archiver] + [archiver] * on
            with plain_errors():
                changed = (
                    change_settings(mlist, actor=ACTOR, archivers=names) if set(names) != set(mlist.archivers) else []
                )
            state = "uses" if on else "does not use"
            self.stdout.write(f"{mlist.posting_address} {state} {archiver}{'' if changed else ', as before'}.")
        if on and archiver not in settings.ARCHIVERS:
            self.stdout.write(f"The site does not: POSTHOUSE_ARCHIVERS has to name {archiver}.")


def describe() -> Iterable[dict[str, Any]]:
    """A row for each archiver. 2 queries, and 1 for each."""
    states = {state.name: state for state in ArchiverState.objects.filter(failures__gt=0)}
    used = list(MailingList.objects.values_list("archivers", flat=True))
    for name, archiver in ARCHIVERS.items():
        yield {
            "archiver": name,
            "what": archiver.title,
            "site": "on" if name in settings.ARCHIVERS else "off",
            "lists": sum(name in names for names in used),
            "waiting": ArchiverCopy.objects.filter(archiver=name).count(),
            "trouble": states[name].last_error if name in states else "",
        }


def _of(archiver: str) -> QuerySet[ArchiverCopy]:
    """Of one that is gone, too: what waits for it can be given up."""
    found = ArchiverCopy.objects.filter(archiver=archiver)
    if archiver not in ARCHIVERS and not found.exists():
        raise CommandError(f"There is no archiver {archiver}. There are: {', '.join(ARCHIVERS)}.")
    return found


def _numbered(numbers: list[int]) -> QuerySet[ArchiverCopy]:
    found = ArchiverCopy.objects.filter(pk__in=numbers)
    missing = set(numbers) - set(found.values_list("pk", flat=True))
    if missing:
        raise CommandError(f"Nothing waits under the number {min(missing)}.")
    return found


def _chosen(options: dict[str, Any]) -> Iterable[MailingList]:
    if bool(options["lists"]) == options["all"]:
        raise CommandError("Name lists, or --all of them.")
    return MailingList.objects.select_related("domain") if options["all"] else map(list_named, options["lists"])
