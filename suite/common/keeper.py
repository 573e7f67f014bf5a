"""Keeping leases while the work takes its time: a slow relay, DNS, a scanner."""

import contextlib
import threading
from collections.abc import Callable, Iterator

from django.db import DatabaseError, connection


class Keeper:
    """Renews what its worker has in hand, every so many seconds, on a thread and a database connection of its own.

    `renew(tokens)` keeps the leases of these tokens that nobody else has taken. Where the database does not answer, it is tried
    again at the next turn; a worker that sleeps renews nothing, and so loses what it has.
    """

    def __init__(self, renew: Callable[[list[str]], None], seconds: float) -> None:
        self._renew = renew
        self._seconds = seconds
        self._tokens: dict[str, None] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="leases", daemon=True)

    def __enter__(self) -> "Keeper":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    @contextlib.contextmanager
    def holding(self, token: str) -> Iterator[None]:
        """The token is renewed as long as this lasts."""
        self._tokens[token] = None
        try:
            yield
        finally:
            del self._tokens[token]

    def _keep(self) -> None:
        try:
            while not self._over.wait(self._seconds):
                tokens = list(self._tokens)
                if tokens:
                    with contextlib.suppress(DatabaseError):
                        self._renew(tokens)
        finally:
            connection.close()
