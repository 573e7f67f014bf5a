"""What can go wrong with a relay. A refused recipient is not an error but a `Reply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from delivery.smtp.replies import Reply


class SmtpError(Exception):
    """The session is over. Its text names the relay and never holds a password.

    `reply` is what the relay said last, where it said anything.
    `after_data` is true when the relay may have seen the final dot: sending again may deliver twice.
    `replies` maps positions in the transaction's recipients to what is settled for good: refused with 5xx, or (LMTP)
    accepted. Whoever is not in it has to be sent to again.
    `at` is the position of the recipient whose RCPT was answered by `reply`; where that came to DATA, of one of them.
    """

    def __init__(self, message: str, reply: Reply | None = None) -> None:
        super().__init__(f"{message}: {reply}" if reply else message)
        self.reply = reply
        self.after_data = False
        self.replies: dict[int, Reply] = {}
        self.at: int | None = None


class RelayUnavailable(SmtpError):
    """No session came about: not reachable, no valid TLS, greeting or password refused. Nothing was handed over."""


class TLSRequired(RelayUnavailable):
    """The relay offers no STARTTLS although the site wants it: it learns neither mail nor password."""


class ConnectionLost(SmtpError):
    """The relay closed the connection, said 421, or was silent for too long."""


class ProtocolError(SmtpError):
    """The relay does not speak SMTP."""
