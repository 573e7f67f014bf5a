from collections.abc import Iterable, Iterator
from itertools import islice
from typing import ClassVar

from django.conf import settings

from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit
from suite.mail.content import body_text

SEARCHED = 20_000
"""Characters of the text in which commands are looked for; empty lines are not counted."""
COMMANDS = {
    "confirm": range(1, 2),
    "help": range(1),
    "info": range(1),
    "lists": range(1),
    "options": range(1),
    "password": range(2, 3),
    "remove": range(1),
    "set": range(3, 4),
    "subscribe": range(4),
    "unsubscribe": range(2),
    "who": range(3),
}
"""What the mail robot understands, and how many arguments each may have."""


class Administrivia:
    """The message looks like a command for the mail robot that went astray: its subject, or one of the lines that the robot
    would read."""

    name: ClassVar[str] = "administrivia"
    title: ClassVar[str] = "The message looks like a command for the mail robot"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        if not mlist.administrivia:
            return None
        lines = (line for line in body_text(letter.parsed, SEARCHED).splitlines() if line.strip())
        command = first_command((letter.subject, *islice(lines, settings.EMAIL_COMMANDS_MAX_LINES)))
        if command is None:
            return None
        return Hit(
            f"The message looks like the command {command!r} for the mail robot.",
            f"Your message looks like the command {command!r}. Commands go to {mlist.request_address}.",
        )


def first_command(lines: Iterable[str]) -> str | None:
    """The first of these lines that is a command with as many arguments as it may have."""
    return next(_commands(lines), None)


def _commands(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        words = line.split(maxsplit=5)
        if words and len(words) - 1 in COMMANDS.get(words[0].lower(), ()):
            yield " ".join(words)
