"""Reading `name=value` behind a command."""

from collections.abc import Iterable, Mapping, Sequence


class Bad(Exception):
    """An argument that the command does not take."""

    def __init__(self, argument: str) -> None:
        super().__init__(argument)
        self.argument = argument[:80]


def read_options(arguments: Iterable[str], known: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """`digest=MIME` -> {"digest": "mime"}. `known` has the values of each name; none means any, taken as written.

    Raises Bad for the first argument that is something else, or that says again what was said.
    """
    found: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        name = name.lower()
        allowed = known.get(name)
        if allowed is None or not equals or not value or name in found:
            raise Bad(argument)
        if allowed and value.lower() not in allowed:
            raise Bad(argument)
        found[name] = value.lower() if allowed else value
    return found
