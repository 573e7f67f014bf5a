"""How the operator's commands print: tables for people, `--json` for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archives.models import Arrival
from delivery.services import tracing
from suite.common.commands import as_table


class OperatorCommand(BaseCommand):
    """A command that prints tables, or JSON with `--json`."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON document for programs.")

    def print_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=1, default=_plain))

    def print_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        cells = [{name: clean(cell) for name, cell in zip(columns, row, strict=True)} for row in rows]
        self.stdout.write(as_table(cells, columns))


def _plain(value: object) -> object:
    """Dataclasses as objects, all else that JSON does not know as text."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def clean(value: object) -> str:
    """Mail data for a terminal: no control characters, no escape sequences."""
    text = "" if value is None else str(value)
    return "".join(character if character.isprintable() else " " for character in text)


def details(values: Mapping[str, object]) -> str:
    return "  ".join(f"{name}={clean(value)}" for name, value in values.items())


def age(seconds: float) -> str:
    """`4.2s`, `7m`, `3h`, `2d`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.1f}s"


def the_arrival(wanted: str) -> Arrival:
    """The one arrival of this number or Message-ID. Raises CommandError where there is none, or several."""
    found = tracing.find(wanted)
    if not found:
        raise CommandError(f"There is no arrival {wanted!r}.")
    if len(found) > 1:
        numbers = ", ".join(str(arrival.pk) for arrival in found)
        raise CommandError(f"{wanted} arrived several times: name one of {numbers}.")
    return found[0]
