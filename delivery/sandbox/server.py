"""The sandbox's SMTP door, on aiosmtpd: PIPELINING, 8BITMIME, SMTPUTF8, and recipients who choose their fate."""

import asyncio
import time
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from delivery.sandbox import bouncing, store
from suite.mail.headers import HeaderBlock, split_letter

FATES = {"reject": "550 5.1.1 No such mailbox in this sandbox", "defer": "450 4.2.1 This mailbox is busy, try again"}
"""How a recipient's local part may begin, and what is answered then."""
BOUNCING = "bounce"
"""How it begins where the mail is taken, and comes back."""

LINE = 1024 * 1024
SIZE = 64 * 1024 * 1024


class Door(SMTP):
    """Announces PIPELINING: aiosmtpd answers in order whatever comes in one piece."""

    line_length_limit = LINE

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, hostname: str) -> None:
        await super().smtp_EHLO(hostname)


class Handler:
    """Takes every mail, and stores it."""

    def __init__(self) -> None:
        self._bouncing: set[asyncio.Task[None]] = set()

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        for word, reply in FATES.items():
            if address.lower().startswith(word):
                return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Recipient ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        subject = HeaderBlock.parse(split_letter(raw)[0]).text("Subject")
        sender = (envelope.mail_from or "").removeprefix("<>")  # so aiosmtpd calls nobody's path
        await asyncio.to_thread(store.keep, time.time(), sender, list(envelope.rcpt_tos), subject[:500], raw)
        gone = [address for address in envelope.rcpt_tos if address.lower().startswith(BOUNCING)]
        if gone and sender:  # to nobody's return path nothing goes back (RFC 5321 §6.1)
            task = asyncio.create_task(asyncio.to_thread(bouncing.bounce, sender, gone, raw))
            self._bouncing.add(task)
            task.add_done_callback(self._bouncing.discard)
        return "250 2.0.0 Taken, and delivered nowhere"


async def serve(host: str, port: int, stop: asyncio.Event) -> None:
    """Listen until `stop` is set. Raises OSError where the port is taken."""
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {"enable_SMTPUTF8": True, "data_size_limit": SIZE, "ident": "sandbox"}
    server = await loop.create_server(lambda: Door(Handler(), loop=loop, **options), host, port)
    async with server:
        await stop.wait()
