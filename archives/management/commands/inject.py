import os
import re
import sys
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from archives.enums import Origin
from archives.services.intake import Incoming, keep, ring_for_arrivals
from lists.addressing import resolve
from suite.common.errors import UnknownMailbox
from suite.mail.addresses import parse_mailboxes
from suite.mail.headers import HeaderBlock, split_letter
from suite.mail.wire import normalise_newlines

# sysexits.h: what an MTA makes of the end of a program that it pipes mail to. Any other number would bounce the mail.
KEPT, USAGE, NO_LETTER, UNKNOWN_LIST, TROUBLE, NOT_TAKEN = 0, 64, 65, 67, 75, 77

_FROM_LINE = re.compile(rb">?From [^\n]*\n")  # an mbox separator, which some MTAs put before a piped letter


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
        raw = normalise_newlines(_FROM_LINE.sub(b"", sys.stdin.buffer.read(), count=1))
        if not raw.strip():
            raise Refused(NO_LETTER, "There is no letter on standard input.")
        if len(raw) > settings.MESSAGE_SIZE_LIMIT:
            raise Refused(NO_LETTER, f"The letter has {len(raw)} bytes; the site takes {settings.MESSAGE_SIZE_LIMIT}.")
        try:
            destinations = tuple(resolve(recipient) for recipient in recipients)
        except UnknownMailbox as error:
            raise Refused(UNKNOWN_LIST, str(error)) from error
        envelope_sender = sender if sender is not None else sender_of(raw)
        [kept] = keep([Incoming(raw, envelope_sender, destinations, tuple(recipients), Origin.INJECT)])
        if any(one.gone for one in kept):
            raise Refused(UNKNOWN_LIST, "The list has just been deleted.")
        ring_for_arrivals()
        if why := next((one.refused for one in kept if one.refused), ""):
            raise Refused(NOT_TAKEN, why)

    def _give_up(self, status: int, message: str) -> NoReturn:
        self.stderr.write(message)
        sys.exit(status)


def sender_of(raw: bytes) -> str:
    """The envelope sender as the MTA tells it in the environment, else as the letter does. Empty when nobody says."""
    if "SENDER" in os.environ:
        return os.environ["SENDER"].strip("<>")
    headers = HeaderBlock.parse(split_letter(raw)[0])
    for name in ("Return-Path", "From"):
        if name in headers:
            return next((mailbox.address for mailbox in parse_mailboxes(headers.get(name) or b"", limit=1)), "")
    return ""
