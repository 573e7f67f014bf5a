"""Asking the database before its tables are made: `migrate` runs the checks of the database first."""

from collections.abc import Iterable
from typing import TypeVar

from django.db import OperationalError, ProgrammingError

Row = TypeVar("Row")


def rows_if_made(query: Iterable[Row]) -> list[Row]:
    """The rows of a query that has not been asked yet; none where the table or a column of it is not there."""
    try:
        return list(query)
    except (OperationalError, ProgrammingError):
        return []
