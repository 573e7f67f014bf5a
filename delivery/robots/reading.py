"""Which lines of a letter may be commands. Pure: it knows neither lists nor what a command is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from suite.mail import addresses
from suite.mail.content import first_text
from suite.mail.parse import Parsed
from suite.mail.subjects import without_reply_marks

LINE = 500
"""Characters of a line that are read; no command is as long."""
BODY = 20_000
"""Characters of the text that are read, whatever lies between the commands."""

_SIGNATURE = re.compile(r"--\s?\Z")
_PASSWORD = re.compile(r"\s*>*\s*(?:x-)?approved?\s*:", re.IGNORECASE)
_TOKEN = re.compile(r"\b[0-9a-f]{40}\b", re.IGNORECASE)
_RECIPIENT_FIELDS = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True, slots=True)
class Lines:
    """What stands in the letter: the subject without its reply marks, lines to run, and lines that are not looked at."""

    subject: str = ""
    body: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def read_lines(parsed: Parsed, most: int) -> Lines:
    """The subject, then up to `most` lines of the first text, blank ones not counted.

    Quoted lines, everything behind the mark of a signature, and what is too much is to be ignored. A line that shows a
    password stands nowhere: it must not be sent to anybody.
    """
    subject = without_reply_marks(parsed.headers.text("Subject"))[:LINE]
    body: list[str] = []
    ignored: list[str] = []
    signed = False
    for line in _text_lines(parsed):
        signed = signed or _SIGNATURE.match(line) is not None
        if signed or line.startswith(">") or len(body) == most:
            ignored.append(line)
        else:
            body.append(line)
    return Lines("" if _PASSWORD.match(subject) else subject, tuple(body), tuple(ignored))


def _text_lines(parsed: Parsed) -> Iterator[str]:
    for line in first_text(parsed, BODY).split("\n"):
        written = " ".join(line.split()) if not _SIGNATURE.match(line) else "--"
        if written and not _PASSWORD.match(written):
            yield written[:LINE]


def token_in_recipients(parsed: Parsed, confirm_address: str) -> str:
    """What stands behind `+` of this address in the fields that name recipients, folded or quoted or not; else nothing.

    For MTAs that cut it off the envelope recipient.
    """
    local, domain = addresses.split(addresses.key(confirm_address))
    for mailbox in _named(parsed):
        name, at = addresses.split(mailbox)
        stem, _, detail = addresses.unquote_local(name).partition("+")
        if stem.lower() == local and at.lower() == domain and detail:
            return detail
    return ""


def _named(parsed: Parsed) -> Iterable[str]:
    for field in _RECIPIENT_FIELDS:
        for value in parsed.headers.get_all(field):
            yield from (mailbox.address for mailbox in addresses.parse_mailboxes(value, 50))


def without_tokens(text: str) -> str:
    """The text fit to be sent to somebody: of a token only its first digits."""
    return _TOKEN.sub(lambda token: f"{token.group()[:6]}...", text)
