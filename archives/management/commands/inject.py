import os
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandParser

from archives.enums import Origin
from archives.errors import EmptyLetter, LetterTooLarge
from archives.services.injecting import inject, written_sender
from suite.common.errors import UnknownMailbox

# sysexits.h: what an MTA makes of the end of a program that it pipes mail to. Any other number would bounce the mail.
KEPT, USAGE, NO_LETTER, UNKNOWN_LIST, TROUBLE, NOT_TAKEN = 0, 64, 65, 67, 75, 77


class Refused(Exception):
    """What to say on standard error, and the status to end with."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Command(BaseCommand):
    help = (
        "Takes a letter from standard input, as an MTA pipes it. Ends 0 once it is kept; 67 for an unknown list, 75 for trouble "
        "of our own (try again), 64 for wrong usage, 65 for an empty or too large letter, 77 for one that a plugin refuses."
    )
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("recipients", nargs="+", metavar="RECIPIENT", help="an address of a list")
        parser.add_argument(
            "--sender",
            help="envelope sender, '' for none; default: $SENDER, else the letter's Return-Path, else its From",
        )

    def run_from_argv(self, argv: list[str]) -> None:
        try:
            super().run_from_argv(argv)
        except SystemExit as end:
            sys.exit(USAGE if end.code == 2 else end.code)
        except Refused as refusal:
            self._give_up(refusal.status, str(refusal))
        except Exception as error:
            self._give_up(TROUBLE, f"Trouble on our side, try again later: {type(error).__name__}: {error}")

    def handle(self, *, recipients: list[str], sender: str | None, **options: Any) -> None:
        raw = sys.stdin.buffer.read()
        try:
            kept = inject(raw, recipients, origin=Origin.INJECT, sender=sender_of(raw) if sender is None else sender)
        except EmptyLetter as error:
            raise Refused(NO_LETTER, "There is no letter on standard input.") from error
        except LetterTooLarge as error:
            raise Refused(NO_LETTER, str(error)) from error
        except UnknownMailbox as error:
            raise Refused(UNKNOWN_LIST, str(error)) from error
        if why := next((one.refused for one in kept if one.refused), ""):
            raise Refused(NOT_TAKEN, why)

    def _give_up(self, status: int, message: str) -> NoReturn:
        self.stderr.write(message)
        sys.exit(status)


def sender_of(raw: bytes) -> str:
    """The envelope sender as the MTA tells it in the environment, else as the letter does. Empty when nobody says."""
    return os.environ["SENDER"].strip("<>") if "SENDER" in os.environ else written_sender(raw)
