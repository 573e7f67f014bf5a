"""Text that is sorted, and compared in any letter case, the same way whatever the database.

PostgreSQL sorts by its cluster's language where nobody says otherwise, in which punctuation and letter case hardly count, and
SQLite by bytes; SQLite knows small letters of ASCII alone. What a program is told must not depend on that.
"""

from typing import Any

from django.db.backends.signals import connection_created
from django.db.models import CharField, Func

_SMALL = "posthouse_lower"


class Bytewise(Func):
    """A key to sort by, its bytes in UTF-8: `order_by(Bytewise("email"), "pk")`. On SQLite it is the column itself."""

    template = "%(expressions)s"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template='(%(expressions)s) COLLATE "C"', **extra)


class Small(Func):
    """The text in small letters, of every script, to be compared with what Python's `str.lower()` has made small.

    On PostgreSQL the database's locale says which letters these are; `manage.py check` warns where it is none of UTF-8.
    """

    function, arity, output_field = "LOWER", 1, CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, function=_SMALL, **extra)


def teach(connection: Any, **_: Any) -> None:
    """What SQLite does not know."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            _SMALL, 1, lambda text: None if text is None else text.lower(), deterministic=True
        )


def listen() -> None:
    connection_created.connect(teach, dispatch_uid="suite.common.collation")
