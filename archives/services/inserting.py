"""Many rows in one INSERT that says which of them are new: `bulk_create` cannot, and costs twice the time."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models

MOST_ROWS = 500  # a statement: SQLite takes 32,766 values


def insert_rows(
    model: type[models.Model], rows: Sequence[dict[str, Any]], *, on_conflict: str, returning: Sequence[str]
) -> list[tuple[Any, ...]]:
    """INSERT these rows and return `returning` of them.

    A row is attribute name to value, as the database takes it; all rows have the same names, and what they do not name gets the
    field's default. `on_conflict` is the SQL behind ON CONFLICT. Rows that it left out do not return.
    """
    if not rows:
        return []
    columns = _columns(model)
    blank = {
        name: field.get_db_prep_save(field.get_default(), connection)
        for name, field in columns.items()
        if name not in rows[0]
    }
    names = ", ".join(connection.ops.quote_name(columns[name].column) for name in (*blank, *rows[0]))
    row_sql = f"({', '.join(['%s'] * len(columns))})"
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(rows), MOST_ROWS):
            part = rows[start : start + MOST_ROWS]
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} ({names}) VALUES {', '.join([row_sql] * len(part))}"  # noqa: S608
                f" ON CONFLICT {on_conflict} RETURNING {', '.join(returning)}",
                [value for row in part for value in (*blank.values(), *row.values())],
            )
            found += cursor.fetchall()
    return found


def as_row(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    """These values (by attribute name) as the database takes them."""
    columns = _columns(model)
    return {name: columns[name].get_db_prep_save(value, connection) for name, value in values.items()}


@cache
def _columns(model: type[models.Model]) -> dict[str, Any]:
    """Attribute name to field, of all but the key."""
    return {field.attname: field for field in model._meta.local_concrete_fields if not field.primary_key}
