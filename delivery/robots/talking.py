"""Commands that only talk: echo, help, end."""

from collections.abc import Sequence

from delivery.robots import wording
from delivery.robots.base import Answer, Command, Request, all_commands, find

_ECHOED = 200  # characters


def echo(request: Request, arguments: Sequence[str]) -> Answer:
    return Answer(" ".join(arguments)[:_ECHOED])


def end(request: Request, arguments: Sequence[str]) -> Answer:
    """Nothing behind this is a command."""
    return Answer(request.say("end"))


def show_help(request: Request, arguments: Sequence[str]) -> Answer:
    """All commands with a line each, or one command in detail."""
    if not arguments:
        lines = [f"    {usage(command)}\n        {summary(request, command)}" for command in all_commands()]
        return Answer("\n".join([request.say("help"), "", *lines]))
    command = find(arguments[0])
    if command is None:
        return Answer(request.say("help.unknown", word=arguments[0][:40]), failed=True)
    return Answer(f"    {usage(command)}\n        {summary(request, command)}\n\n{details(request, command)}")


def usage(command: Command) -> str:
    """`join | subscribe [digest=no|mime|plain] [address=ADDRESS]`."""
    return f"{' | '.join((command.name, *command.aliases))} {command.usage}".rstrip()


def summary(request: Request, command: Command) -> str:
    key = f"summary.{command.name}"
    return request.say(key) if wording.knows(key) else command.summary


def details(request: Request, command: Command) -> str:
    key = f"details.{command.name}"
    return request.say(key) if wording.knows(key) else command.details
