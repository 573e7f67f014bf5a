"""Outgoing mail for tests: put into the outbox as the journey does it, and let go."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.test import override_settings

from archives.models import Arrival
from delivery.draft import Recipient, Send
from delivery.enums import BatchKind
from delivery.models import Batch, OutgoingRelay
from delivery.services import outbox, routes, sending
from lists.models import MailingList
from tests.support.smtpd import CapturingServer
from tests.support.waiting import PATIENCE

HEADER = b"From: Bart <bart@example.com>\r\nTo: dev@example.org\r\nSubject: Hello\r\nMessage-ID: <one@example.com>\r\n"
BODY = b"\r\nGood morning.\r\n"


def people(count: int) -> tuple[Recipient, ...]:
    """Recipients who are no members."""
    return tuple((None, f"member{number}@example.com", f"Member {number}") for number in range(count))


def put(
    mlist: MailingList | None,
    recipients: Sequence[Recipient],
    *,
    kind: BatchKind = BatchKind.BULK,
    header: bytes = HEADER,
    body: bytes = BODY,
    arrival: Arrival | None = None,
    **plan: Any,
) -> list[Batch]:
    """One rendering in the outbox; its batches."""
    return_path = mlist.bounces_address if mlist else ""
    mark = "0123456789abcdef"
    send = Send(header, body, True, tuple(recipients), kind, return_path, mark)
    [rendering] = outbox.plan([outbox.Plan(send, mlist, arrival, "one@example.com", **plan)])
    return list(rendering.batches.order_by("position"))


@contextmanager
def relay(**behaviour: Any) -> Iterator[CapturingServer]:
    """A relay that behaves so, and is the site's."""
    with CapturingServer(**behaviour) as server, override_settings(RELAY_URL=f"smtp://127.0.0.1:{server.port}"):
        yield server


def send_all() -> None:
    """What a send bell does."""
    sending.send(seconds=PATIENCE)


def unsigned(return_path: str) -> str:
    """A return path without the signature behind its recipient, as Mailman writes it."""
    local, at, domain = return_path.rpartition("@")
    return re.sub(r"(=[^+@]+)\+[0-9a-f]{16}$", r"\1", local) + at + domain


def at_domains(**counts: int) -> tuple[Recipient, ...]:
    """Recipients of several domains in turn, as in `at_domains(big=2, small=1)`: ann0@big.example, ann0@small.example, ..."""
    most = max(counts.values())
    return tuple(
        (None, f"ann{number}@{name}.example", "")
        for number in range(most)
        for name, count in counts.items()
        if number < count
    )


def make_relay(name: str, server: CapturingServer | int, user: str = "", password: str = "") -> OutgoingRelay:
    """An outgoing relay: that server, or a port where nobody listens."""
    port = server if isinstance(server, int) else server.port
    login = f"{user}:{password}@" if user else ""
    return routes.set_relay(name, f"smtp://{login}127.0.0.1:{port}", actor="test")


def recipients_of(server: CapturingServer) -> Counter[str]:
    """How many copies each address got."""
    return Counter(delivery.recipient for delivery in server.deliveries)
