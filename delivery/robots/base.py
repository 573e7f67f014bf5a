"""What a command is, what it is asked and what it answers, and the registry of all there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from delivery.robots import wording
from lists.models import MailingList
from moderation.candidates import Candidate


@dataclass(frozen=True)
class Request:
    """One letter to the robot. Its sender is who it claims to come from: nothing is proved."""

    mlist: MailingList
    candidate: Candidate
    language: str
    wishes: dict[str, Any] = field(default_factory=dict)
    """What the letter's `set` commands want together: they are confirmed with one token."""

    @property
    def sender(self) -> str:
        """The address the robot speaks with, in key form. The robot works for nobody without one."""
        return self.candidate.sender

    @property
    def recipient(self) -> str:
        """Where answers go: the sender's address as the list knows it, else in key form. Never as the letter spells it: one
        mailbox in many spellings would be answered more often than one.
        """
        membership = self.candidate.senders[0].membership
        address = membership.subscriber_address if membership else None
        return address.original_email if address and address.email == self.sender else self.sender

    @property
    def name(self) -> str:
        """What the sender calls himself; may be empty."""
        return self.candidate.senders[0].name

    def say(self, key: str, **values: Any) -> str:
        """A text in the sender's language."""
        return wording.say(self.language, key, **values)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command. `act` is what it still has to do inside the transaction; it gives the final answer.

    `silent`: the person concerned gets another mail, or none on purpose, so this alone is no reason to write. `failed`: the
    command could not be done.
    """

    text: str = ""
    act: "Callable[[], Answer] | None" = None
    silent: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `run` looks, outside any transaction, and never writes: that is for the answer's `act`.

    It gets the request and the words behind the command, and may raise a SuiteError, which is told to the sender. `ends`: nothing
    behind the command is run. `summary` and `details` are for commands that `wording` does not know: those of plugins.
    """

    name: str
    run: Callable[[Request, Sequence[str]], Answer]
    usage: str = ""
    aliases: tuple[str, ...] = ()
    ends: bool = False
    summary: str = ""
    details: str = ""


COMMANDS: dict[str, Command] = {}
"""By name and by alias, in the order in which they were registered."""


def register(command: Command) -> None:
    """Make a command known under its name and aliases. Raises ValueError where another has one of them."""
    taken = [name for name in (command.name, *command.aliases) if name in COMMANDS]
    if taken:
        raise ValueError(f"There is a command {taken[0]} already.")
    COMMANDS.update(dict.fromkeys((command.name, *command.aliases), command))


def find(word: str) -> Command | None:
    """The command of this name, in any letter case."""
    return COMMANDS.get(word.lower())


def all_commands() -> list[Command]:
    """Each once, in the order in which they were registered."""
    return list(dict.fromkeys(COMMANDS.values()))
