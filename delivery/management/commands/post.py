"""manage.py post: write to a list, through the same door as an MTA."""

import os
import shlex
import smtplib
import sys
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lists.addressing import resolve
from lists.models import MailingList
from lists.queries import members
from suite.common.errors import SuiteError


class Command(BaseCommand):
    help = "Send a post to a list over LMTP, as an MTA would. For trying a site out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", help="The list's posting address.")
        parser.add_argument("subject", nargs="?", default="Hello")
        parser.add_argument("text", nargs="?", help="What to write; `-` reads standard input.")
        parser.add_argument("--from", dest="sender", help="The author's address; the list's first member without it.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            mlist = MailingList.objects.get(pk=resolve(options["list"]).mlist_id)
        except SuiteError as error:
            raise CommandError(str(error)) from error
        sender = options["sender"] or _first_member(mlist)
        text = sys.stdin.read() if options["text"] == "-" else options["text"] or "Just to say hello.\n"
        message_id = self._deliver(options["list"], sender, options["subject"], text)
        self.stdout.write(f"{sender} has posted to {options['list']}. What becomes of it is told by")
        self.stdout.write(f"  {_manage()} trace {message_id}")

    def _deliver(self, recipient: str, sender: str, subject: str, text: str) -> str:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, recipient, subject
        message["Date"], message["Message-ID"] = formatdate(usegmt=True), make_msgid(domain=sender.rpartition("@")[2])
        message.set_content(text)
        try:
            with smtplib.LMTP(settings.LMTP_HOST, settings.LMTP_PORT, local_hostname="localhost") as door:
                door.send_message(message, sender, [recipient])
        except (OSError, smtplib.SMTPException) as error:
            where = f"{settings.LMTP_HOST}:{settings.LMTP_PORT}"
            raise CommandError(f"The LMTP door on {where} did not take it: {error}") from error
        return str(message["Message-ID"]).strip("<>")


def _first_member(mlist: MailingList) -> str:
    for membership in members(mlist).order_by("pk"):
        if membership.subscriber_address is not None:
            return membership.subscriber_address.original_email
    raise CommandError(f"{mlist} has no member yet: name an author with --from.")


def _manage() -> str:
    """This very command line up to `manage.py`, to be copied."""
    python = os.path.relpath(sys.executable) if Path(sys.executable).is_relative_to(Path.cwd()) else sys.executable
    return shlex.join([python, sys.argv[0]])
