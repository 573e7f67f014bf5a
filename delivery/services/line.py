"""A worker's ways to the relays."""

import contextlib

from delivery.services import relays
from delivery.services.pacing import Book
from delivery.services.relays import Way
from delivery.services.routing import Routes
from delivery.smtp import ProtocolError, RelayUnavailable, Session, SmtpError


class Line:
    """One session to a relay, opened when first needed and again after a loss."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self._session: Session | None = None

    @property
    def up(self) -> bool:
        return self._session is not None and not self._session.closed

    def session(self) -> Session:
        """Raises RelayUnavailable; so is called, too, who greets us in another language than SMTP."""
        if self._session is not None and not self._session.closed and self._session.idle_ok():
            return self._session
        self.drop()
        try:
            self._session = Session.open(self.way.relay)
        except (RelayUnavailable, ProtocolError) as error:
            relays.failed(self.way.name, error)
            raise error if isinstance(error, RelayUnavailable) else RelayUnavailable(str(error)) from error
        relays.answered(self.way.name)
        return self._session

    def drop(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None

    def hang_up(self) -> None:
        with contextlib.suppress(SmtpError, OSError):
            if self._session is not None and not self._session.closed:
                self._session.quit()
        self.drop()


class Lines:
    """The sessions of one worker, one for each relay that it has needed, and by what it decides who goes where and when."""

    def __init__(self, routes: Routes, book: Book) -> None:
        self.routes = routes
        self.book = book
        self._lines: dict[str, Line] = {}

    def to(self, ways: tuple[Way, ...]) -> Line | None:
        """The line to the first of these relays that answers, as far as is known; None while none of them does.

        The site's only relay was asked about when the drain began. Else 1-2 queries for each relay without an open session.
        """
        for way in ways:
            line = self._lines.setdefault(way.name, Line(way))
            if self.routes.plain or line.up or relays.may_try(way.name):
                return line
        return None

    def drop(self) -> None:
        """After trouble: who knows what the sessions' other ends are doing."""
        for line in self._lines.values():
            line.drop()

    def hang_up(self) -> None:
        for line in self._lines.values():
            line.hang_up()
