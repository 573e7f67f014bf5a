"""The SMTP client: hands mail to the site's MTA, fast, and tells what became of every recipient.

Who may call it: the outbox (`delivery`), nobody else. It knows no Django, no model, no list and no retry schedule:
bytes and envelopes in, replies out. It opens no thread and never sleeps; one `Session` belongs to one thread.

    relay = Relay.from_url("smtp+starttls://posthouse:secret@mx.example.org")
    with Session.open(relay) as session:
        result = session.send("dev-bounces@example.org", ["anne@example.com", "bart@example.com"], prepare(raw))

Rooms: `relay` (where to send), `channel` (socket and TLS), `replies` (what a server says), `handshake` and `auth`
(from greeting to readiness), `transaction` (one mail to some recipients), `session` (many of those), `content` (what
goes between DATA and the dot), `errors`.
"""

from delivery.smtp.content import Template, prepare
from delivery.smtp.errors import ConnectionLost, ProtocolError, RelayUnavailable, SmtpError, TLSRequired
from delivery.smtp.relay import Relay, Timeouts, without_password
from delivery.smtp.replies import Reply
from delivery.smtp.session import Session
from delivery.smtp.transaction import Result, Transaction, check_addresses

__all__ = [
    "ConnectionLost",
    "ProtocolError",
    "Relay",
    "RelayUnavailable",
    "Reply",
    "Result",
    "Session",
    "SmtpError",
    "TLSRequired",
    "Template",
    "Timeouts",
    "Transaction",
    "check_addresses",
    "prepare",
    "without_password",
]
