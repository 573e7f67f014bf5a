"""The robot's road: what is done with a letter to -request, -join, -leave or -confirm.

Looking is done here, outside any transaction; what is to be changed is changed by the work that is given back, together with
the answer, so that a letter whose work is interrupted and done again changes and answers once.
"""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings

from archives.enums import Role, State
from delivery.results import Result, Work
from delivery.robots import commands as commands  # fills the registry
from delivery.robots import joining, replies, running
from delivery.robots.base import Request
from delivery.robots.reading import read_lines, token_in_recipients
from delivery.robots.running import Transcript
from lists.models import MailingList
from lists.queries import language_of
from moderation.candidates import Candidate
from suite.mail.autoreply import is_unsubscribing, may_obey


def request(candidate: Candidate, mlist: MailingList, number: int, now: datetime) -> Result:
    """Mail to a robot: its commands are run once, and the sender is told, where a machine may tell him."""
    headers, sender = candidate.parsed.headers, candidate.arrival.sender
    pressed = candidate.arrival.role == Role.LEAVE and bool(sender) and is_unsubscribing(headers)
    if not (pressed or may_obey(headers, sender)):
        return _left(candidate, "written by a machine, or by nobody")
    if not candidate.sender:
        return _left(candidate, "nobody's commands: it names no sender")
    asked = Request(mlist, candidate, language_of(mlist, candidate.sender))
    transcript = READERS[Role(candidate.arrival.role)](asked)
    return Result(
        candidate.arrival, candidate, work=Work(lambda: _write(asked, transcript), reason=reason_of(transcript))
    )


def reason_of(transcript: Transcript) -> str:
    """What stays with the arrival: the commands it held, without the words behind them."""
    return f"commands: {', '.join(line.split()[0].lower() for line, _ in transcript.steps) or 'none'}"[:500]


def _left(candidate: Candidate, reason: str) -> Result:
    return Result(candidate.arrival, candidate, work=Work(_nothing, State.DISCARDED, reason))


def _nothing() -> None:
    pass


def _write(asked: Request, transcript: Transcript) -> None:
    done = running.act(asked, transcript)
    only_errors = asked.candidate.arrival.role in ONLY_ERRORS
    if (done.failed if only_errors else done.worth_a_reply) and replies.may_reply(asked):
        replies.send_reply(asked, done)


def _commands_of(asked: Request) -> Transcript:
    return running.look(asked, read_lines(asked.candidate.parsed, settings.EMAIL_COMMANDS_MAX_LINES))


def _token_of(asked: Request) -> Transcript:
    """What the address was given with, else the fields that name recipients, else the first line that has the command."""
    parsed, mlist = asked.candidate.parsed, asked.mlist
    token = asked.candidate.arrival.detail or token_in_recipients(parsed, mlist.subaddress("confirm"))
    if token:
        return running.look_at(asked, f"confirm {token}")
    lines = read_lines(parsed, settings.EMAIL_COMMANDS_MAX_LINES)
    written = (line for line in (lines.subject, *lines.body) if line.lower().startswith("confirm "))
    return running.look_at(asked, next(written, "confirm"))


def _wish_to_join(asked: Request) -> Transcript:
    """`digest=` and `address=` may stand in the subject, and in lines that hold nothing else, or begin with the command."""
    lines = read_lines(asked.candidate.parsed, settings.EMAIL_COMMANDS_MAX_LINES)
    words = [word for word in lines.subject.split() if _is_option(word)]
    for line in lines.body:
        first, *rest = line.split()
        if all(map(_is_option, rest)) and (_is_option(first) or first.lower() in ("join", "subscribe")):
            words += filter(_is_option, [first, *rest])
    return running.look_at(asked, " ".join(["join", *words]))


def _is_option(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.lower() in joining.OPTIONS


def _wish_to_leave(asked: Request) -> Transcript:
    return running.look_at(asked, "leave")


READERS: dict[Role, Callable[[Request], Transcript]] = {
    Role.REQUEST: _commands_of,
    Role.CONFIRM: _token_of,
    Role.JOIN: _wish_to_join,
    Role.LEAVE: _wish_to_leave,
}
"""How the commands of a letter are found, by the address it came to."""

ONLY_ERRORS = (Role.JOIN, Role.LEAVE)
"""Addresses that answer only what could not be done: all else is said by the mails that follow."""
