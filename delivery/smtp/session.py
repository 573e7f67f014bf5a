"""A session with a relay: connect once, send many mails.

With PIPELINING (RFC 2920) a mail costs two round trips however many recipients it has, and the second is shared with
the next mail: its envelope travels in the same write as the content before it.

    -> MAIL RCPT RCPT DATA                    <- 250 250 550 354
    -> content 1 . MAIL RCPT RCPT DATA        <- 250, 250 250 250 354
    -> content 2 .                            <- 250

Without it the same loop says one command at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Self

from delivery.smtp.channel import Channel
from delivery.smtp.errors import ConnectionLost, ProtocolError, SmtpError
from delivery.smtp.handshake import introduce
from delivery.smtp.relay import Relay
from delivery.smtp.replies import CLOSING
from delivery.smtp.transaction import Flight, Result, Transaction

logger = logging.getLogger(__name__)

# Commands in one write. Their replies fit into the buffers of both ends, so that no two writes can wait for each other
# (RFC 2920 §3.1).
WINDOW = 200

_GOODBYE = 5.0  # seconds to wait for the reply to QUIT


class Session:
    """Belongs to one thread. After an SmtpError it is closed; a refused mail leaves it usable."""

    def __init__(self, relay: Relay, channel: Channel, extensions: dict[str, str]) -> None:
        """For `open()`."""
        self.relay = relay
        self.extensions = extensions
        self.max_size = _number(extensions.get("SIZE", ""))
        """Octets the relay takes, 0 when it sets no limit (RFC 1870 §4)."""
        self.pipelining = relay.pipelining and "PIPELINING" in extensions
        self.transactions = 0
        """How many were taken to the relay, so that callers can honour a limit per session."""
        self._channel = channel

    @classmethod
    def open(cls, relay: Relay) -> Self:
        """Connect, greet, secure and sign in. Raises RelayUnavailable (TLSRequired among them) and ProtocolError."""
        channel = Channel.connect(relay)
        try:
            extensions = introduce(channel, relay)
        except BaseException:
            channel.close()
            raise
        logger.debug("relay=%s tls=%s extensions=%s", relay, channel.encrypted, ",".join(extensions))
        return cls(relay, channel, extensions)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.quit()
        self.close()

    @property
    def closed(self) -> bool:
        return self._channel.closed

    @property
    def encrypted(self) -> bool:
        return self._channel.encrypted

    def supports(self, keyword: str) -> bool:
        """Whether EHLO named this extension, "8BITMIME" for example."""
        return keyword.upper() in self.extensions

    def send(
        self,
        sender: str,
        recipients: Sequence[str],
        data: Sequence[bytes] | bytes,
        *,
        size: int | None = None,
        eight_bit: bool = False,
        smtputf8: bool = False,
    ) -> Result:
        """Send one mail in one transaction; see `Transaction` for what is expected.

        Every recipient gets a reply: his own refusal, that of the whole mail, or its acceptance. Without being asked
        the relay, everybody gets 552 5.3.4 for a mail over its SIZE, and who needs SMTPUTF8 of a relay without it gets
        553 5.6.7. Raises ConnectionLost and ProtocolError, which tell whose fate is known nevertheless, and ValueError
        for addresses that cannot be; the session stays usable after the last.
        """
        flight = self._prepare(Transaction(sender, recipients, data, size, eight_bit, smtputf8))
        [result] = self._run(iter((flight,)))
        return result

    def send_many(self, transactions: Iterable[Transaction]) -> Generator[Result, None, None]:
        """Send one mail after the other and yield their results in order, each as soon as it is known.

        The next transaction is fetched while the relay works on the current one, and where the relay has PIPELINING
        its envelope is on the way when a result is yielded; its content is not. An error belongs to the transaction
        after the last result: that one alone can have been handed over without our knowing. Stopping early closes the
        session when an envelope is on the way.
        """
        return self._run(map(self._prepare, transactions))

    def idle_ok(self) -> bool:
        """Whether a kept session looks usable: not closed by the relay, no 421 waiting. Costs one system call."""
        return self._channel.is_quiet()

    def reset(self) -> None:
        """Say RSET and hear a reply: proves that the session lives. Raises ConnectionLost, ProtocolError."""
        try:
            self._channel.write(b"RSET\r\n")
            self._channel.collect([], 1, self.relay.timeouts.command)
        except SmtpError:
            self.close()
            raise

    def quit(self) -> None:
        """Say goodbye and close. Never raises: whatever was sent was answered before."""
        try:
            self._channel.write(b"QUIT\r\n")
            self._channel.reply(_GOODBYE)
        except SmtpError:
            pass
        self.close()

    def close(self) -> None:
        """Close without a word. The relay forgets a mail whose final dot it has not seen."""
        self._channel.close()

    def _prepare(self, transaction: Transaction) -> Flight:
        window = WINDOW if self.pipelining else 1
        return Flight(transaction, self.extensions, window=window, max_size=self.max_size, lmtp=self.relay.lmtp)

    def _run(self, flights: Iterator[Flight]) -> Generator[Result, None, None]:
        idle = False
        try:
            self._expect_silence()
            idle = True
            flight = self._launch(flights)
            while flight is not None:
                idle = False
                following = next(flights, None) if self.pipelining else None
                self._hear(flight)
                self._hand_over(flight, following)
                result = self._conclude(flight)
                idle = following is None
                yield result
                flight = following or self._launch(flights)
        finally:
            if not idle:  # what is under way can only be taken back by leaving
                self.close()

    def _expect_silence(self) -> None:
        if self._channel.pending:
            self._channel.collect([], 1, 0)
            raise ProtocolError(f"{self.relay} replied without being asked")

    def _launch(self, flights: Iterator[Flight]) -> Flight | None:
        flight = next(flights, None)
        if flight is not None:
            self._channel.write(flight.next_group())
        return flight

    def _hear(self, flight: Flight) -> None:
        """Collect the replies to MAIL, RCPT and DATA; write the commands that were not written yet."""
        timeouts = self.relay.timeouts
        self.transactions += flight.waiting > 0
        try:
            if self.closed:
                raise ConnectionLost(f"the session with {self.relay} is over")
            while flight.waiting:
                self._channel.collect(flight.heard, flight.waiting - flight.data_asked, timeouts.command)
                self._channel.collect(flight.heard, int(flight.data_asked), timeouts.data)
                if group := flight.next_group():
                    self._channel.write(group)
        except SmtpError as error:
            self._break_off(flight, error)

    def _hand_over(self, flight: Flight, following: Flight | None) -> None:
        """Write the content with its final dot, or what takes its place, and the next envelope behind it."""
        if self.closed:
            return
        try:
            payload = flight.payload()
            opening = following.next_group() if following else b""
            flight.exposed = flight.go and bool(opening)
            self._channel.write(*payload, opening)
            flight.exposed = flight.go and (bool(opening) or not self._channel.deaf)
        except SmtpError as error:
            self._break_off(flight, error)

    def _conclude(self, flight: Flight) -> Result:
        """Collect the replies to what was handed over."""
        try:
            for _ in range(0 if self.closed else flight.due):
                flight.final.append(self._channel.reply(self.relay.timeouts.dot))
                if 300 <= flight.final[-1].code < 400:
                    raise ProtocolError(f"{self.relay} answered a mail", flight.final[-1])
        except SmtpError as error:
            self._break_off(flight, error)
        if any(reply.code == CLOSING for reply in flight.final):
            self.close()
        return flight.result()

    def _break_off(self, flight: Flight, error: SmtpError) -> None:
        """Close, and raise the error unless every recipient knows his fate already."""
        self.close()
        if not flight.settled:
            raise flight.explain(error)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
