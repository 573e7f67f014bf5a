"""Running the commands of a letter: first all of them look, then, in one transaction, those act that have something to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction

from delivery.robots import wording
from delivery.robots.base import Answer, Command, Request, find
from delivery.robots.reading import Lines
from suite.common.errors import SuiteError


@dataclass(frozen=True)
class Transcript:
    """What became of a letter's lines: those that were commands with their answers, those that were none, those left out."""

    steps: tuple[tuple[str, Answer], ...] = ()
    unprocessed: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        return any(answer.failed for _, answer in self.steps)

    @property
    def worth_a_reply(self) -> bool:
        """Whether there is more to say than the mails say that the commands sent themselves."""
        spoken = [answer for _, answer in self.steps if not answer.silent]
        return bool(spoken or not self.steps)


@dataclass
class _Reading:
    steps: list[tuple[str, Answer]] = field(default_factory=list)
    unprocessed: list[str] = field(default_factory=list)
    ended: bool = False


def look(request: Request, lines: Lines) -> Transcript:
    """Run every line that is a command, until one ends it. Reads the database, never writes it."""
    found = _Reading()
    left: list[str] = []
    for place, line in enumerate((lines.subject, *lines.body)):
        if found.ended:
            left.append(line)
        elif line:
            _run(request, line, found, in_subject=place == 0)
    return Transcript(tuple(found.steps), tuple(found.unprocessed), (*left, *lines.ignored))


def look_at(request: Request, line: str) -> Transcript:
    """Run this one line, as the address it came to says."""
    found = _Reading()
    _run(request, line, found)
    return Transcript(tuple(found.steps), tuple(found.unprocessed))


def _run(request: Request, line: str, found: _Reading, *, in_subject: bool = False) -> None:
    command, arguments = _command_in(line, in_subject)
    if command is None:
        found.unprocessed.append(line)
        return
    try:
        answer = command.run(request, arguments)
    except SuiteError as error:
        answer = failure(request, error)
    found.steps.append((line, answer))
    found.ended = command.ends


def _command_in(line: str, in_subject: bool) -> tuple[Command | None, Sequence[str]]:
    """The first word, of a subject else the second: some programs put marks before it that we do not know."""
    words = line.split()
    for at in range(2 if in_subject else 1):
        if len(words) > at and (command := find(words[at])):
            return command, words[at + 1 :]
    return None, ()


def act(request: Request, transcript: Transcript) -> Transcript:
    """Do what the commands have found to do, inside the caller's transaction. What cannot be done changes nothing."""
    return replace(transcript, steps=tuple((line, _acted(request, answer)) for line, answer in transcript.steps))


def _acted(request: Request, answer: Answer) -> Answer:
    if answer.act is None:
        return answer
    try:
        with transaction.atomic():
            return answer.act()
    except SuiteError as error:
        return failure(request, error)


def failure(request: Request, error: SuiteError) -> Answer:
    """What an error says to the sender: in his language where we have the words, else in the error's own."""
    key = f"error.{error.code}"
    values = {"listname": request.mlist.posting_address, "sender": request.recipient}
    text = request.say(key, **values) if wording.knows(key) else str(error)
    return Answer(text, failed=True)
