"""What manage.py commands share: errors in one sentence, answers as text or as JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder

from suite.common.errors import SuiteError


@contextmanager
def plain_errors() -> Iterator[None]:
    """What somebody asked for and cannot have becomes one sentence and exit code 1; a bug keeps its traceback."""
    try:
        yield
    except SuiteError as error:
        raise CommandError(str(error)) from error
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error


def as_json(answer: Any) -> str:
    return json.dumps(answer, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)


def as_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Columns side by side under their names, as wide as their widest cell."""
    cells = [list(columns), *([str(row[column]) for column in columns] for row in rows)]
    widths = [max(len(row[index]) for row in cells) for index in range(len(columns))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in lines)
