"""One LMTP session (RFC 2033): a method for each verb, upon aiosmtpd's protocol.

aiosmtpd brings the connection and its clock. Reading, replying and all about a letter are ours: aiosmtpd's LMTP sends one reply
for a letter that it refuses, whatever the number of recipients, and permanent ones for trouble of its own.
"""

import asyncio
import logging
from typing import Any, ClassVar

from aiosmtpd.lmtp import LMTP

from archives.enums import Origin
from archives.services.intake import Incoming
from delivery.lmtp import paths, replies
from delivery.lmtp.directory import NoAnswer
from delivery.lmtp.envelope import Envelope
from delivery.lmtp.lobby import Lobby
from delivery.lmtp.wire import Hostile, LetterTooLarge, LineTooLong, NoRoom, Wire
from delivery.lmtp.writer import QueueFull
from suite.common.failpoints import failpoint

log = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd's, which tells of every connection

MOST_MISTAKES = 10  # lines that are no command, before we hang up
BREATH = 100  # commands out of one segment, before other sessions have a turn

EXTENSIONS = ("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8")
MAIL_PARAMETERS = {"SIZE": str.isdigit, "BODY": {"7BIT", "8BITMIME"}.__contains__, "SMTPUTF8": "".__eq__}
"""Parameters of MAIL, and what their value must be like."""


class Session(LMTP):
    """A client and what it wants, until QUIT, silence, hostility, or the end of this process."""

    line_length_limit = 64 * 1024  # what the stream below our own buffer takes before it lets the client wait

    VERBS: ClassVar = {
        "LHLO": "smtp_LHLO",
        "MAIL": "smtp_MAIL",
        "RCPT": "smtp_RCPT",
        "DATA": "smtp_DATA",
        "RSET": "smtp_RSET",
        "NOOP": "smtp_NOOP",
        "QUIT": "smtp_QUIT",
        "VRFY": "smtp_VRFY",
        "HELP": "smtp_HELP",
        "HELO": "smtp_HELO",
        "EHLO": "smtp_HELO",
    }
    """All there is: what else aiosmtpd can do (STARTTLS, AUTH) is out of reach."""

    def __init__(self, lobby: Lobby) -> None:
        self._lobby = lobby
        self._wire: Wire | None = None
        self._unsaid: list[str] = []
        self._greeted = False
        self._ended = False
        self._storing = False
        self._commands = 0
        self._mistakes = 0
        self._envelope = Envelope()
        self.in_letter = False
        super().__init__(None, hostname=lobby.host, timeout=lobby.limits.idle, loop=asyncio.get_running_loop())

    # --- the road of a session ----------------------------------------------------------------------------------------

    async def _handle_client(self) -> None:
        """aiosmtpd makes this the connection's task."""
        self._wire = Wire(self._reader, self._flush, self._lobby.room)
        refusal = self._lobby.refuses(self)
        try:
            if refusal:
                self.hang_up(refusal)
            else:
                self.say(replies.GREETING.format(host=self._lobby.host))
                await self._converse(self._wire)
        except (EOFError, ConnectionError):
            log.debug("peer=%s is gone", self.peer)
        finally:
            self._lobby.sessions.discard(self)
            self._wire.forget()
            self._writer.close()

    async def _converse(self, wire: Wire) -> None:
        while not self._ended:
            try:
                line = await wire.line()
            except LineTooLong:
                self._mistaken(replies.LINE_TOO_LONG)
            except Hostile:
                self.hang_up(replies.TOO_MUCH_TALK)
            else:
                await self._obey(line)

    async def _obey(self, line: bytes) -> None:
        self._commands += 1
        if self._commands > self._lobby.limits.commands:
            return self.hang_up(replies.TOO_MUCH_TALK)
        if self._commands % BREATH == 0:
            await asyncio.sleep(0)
        try:
            verb, _, argument = line.decode().removesuffix("\r\n").partition(" ")
        except UnicodeDecodeError:
            return self._mistaken(replies.BAD_LINE)
        if not line.endswith(b"\r\n") or not (verb + argument).isprintable():
            return self._mistaken(replies.BAD_LINE)
        method = self.VERBS.get(verb.upper())
        if method is None:
            return self._mistaken(replies.UNKNOWN_COMMAND)
        try:
            return await getattr(self, method)(argument.strip())
        except (EOFError, ConnectionError):
            raise
        except Exception:
            log.exception("peer=%s verb=%s failed", self.peer, verb)
            return self.say(replies.TROUBLE)

    def say(self, reply: str) -> None:
        """It goes out when we have to wait for the client, so that replies to pipelined commands share a segment."""
        self._unsaid.append(reply)

    async def _flush(self) -> None:
        if self._unsaid and not self._ended:
            self._writer.write("\r\n".join([*self._unsaid, ""]).encode())
            self._unsaid.clear()
            await self._writer.drain()

    def hang_up(self, reply: str) -> None:
        """Say this as the last thing. Who does not listen is cut off."""
        if self._ended:
            return
        self._ended = True
        if self._writer.transport.get_write_buffer_size():
            self.cut_off()
        else:
            self._writer.write("\r\n".join([*self._unsaid, reply, ""]).encode())
            self._writer.close()

    def _mistaken(self, reply: str) -> None:
        self._mistakes += 1
        if self._mistakes > MOST_MISTAKES:
            self.hang_up(replies.TOO_MUCH_TALK)
        else:
            self.say(reply)

    # --- seen from outside --------------------------------------------------------------------------------------------

    @property
    def peer(self) -> Any:
        """(address, port, ..) of TCP; something else of a Unix socket."""
        return self._writer.get_extra_info("peername")

    @property
    def heard_at(self) -> float:
        """Monotonic seconds."""
        return self._wire.heard_at if self._wire else 0.0

    @property
    def waits(self) -> bool:
        """Nothing would be lost if this session ended now: no transaction has begun."""
        return self._envelope.sender is None and not self.in_letter

    def close_soon(self) -> asyncio.Task[None]:
        """421 now, or behind the replies to the letter that is on its way. Returns the task that ends with the session."""
        if not self.in_letter:
            self.hang_up(replies.CLOSING)
        assert self._handler_coroutine is not None
        return self._handler_coroutine

    def cut_off(self) -> None:
        self._writer.transport.abort()

    def eof_received(self) -> bool:
        """The client has nothing more to say, but may still listen (aiosmtpd would drop what it has said)."""
        self._reader.feed_eof()
        return True

    def _reset_timeout(self, duration: float | None = None) -> None:
        """aiosmtpd calls it as the connection is made; from then on the clock sets itself."""
        self._timeout_handle = self.loop.call_later(duration or self._timeout_duration, self._timeout_cb)

    def _timeout_cb(self) -> None:
        quiet = self.loop.time() - self.heard_at
        if self._storing or quiet < self._timeout_duration:
            self._reset_timeout(max(self._timeout_duration - quiet, 1.0))
        else:
            self.hang_up(replies.IDLE)

    # --- verbs --------------------------------------------------------------------------------------------------------

    async def smtp_LHLO(self, name: str) -> None:
        if not name:
            return self.say(replies.BAD_LHLO)
        self._greeted = True
        self._envelope = Envelope()
        *lines, last = self._lobby.host, *EXTENSIONS, f"SIZE {self._lobby.limits.size}"
        return self.say("\r\n".join([*(f"250-{line}" for line in lines), f"250 {last}"]))

    async def smtp_HELO(self, name: str) -> None:
        self.say(replies.NOT_LMTP)

    async def smtp_MAIL(self, argument: str) -> None:
        if not self._greeted:
            return self.say(replies.NO_LHLO)
        if self._envelope.sender is not None:
            return self.say(replies.NESTED_MAIL)
        try:
            path = paths.parse(argument, "FROM:")
        except paths.BadSyntax:
            return self.say(replies.BAD_MAIL)
        except paths.BadAddress:
            return self.say(replies.BAD_SENDER)
        for name, value in path.parameters.items():
            if name not in MAIL_PARAMETERS:
                return self.say(replies.BAD_PARAMETER)
            if not MAIL_PARAMETERS[name](value):
                return self.say(replies.BAD_MAIL)
        if int(path.parameters.get("SIZE", 0)) > self._lobby.limits.size:
            return self.say(replies.TOO_LARGE)
        self._envelope.sender = path.address
        return self.say(replies.SENDER_OK)

    async def smtp_RCPT(self, argument: str) -> None:
        envelope = self._envelope
        if envelope.sender is None:
            return self.say(replies.NO_MAIL)
        try:
            path = paths.parse(argument, "TO:")
        except paths.BadSyntax:
            return self.say(replies.BAD_RCPT)
        except paths.BadAddress:
            return self.say(replies.BAD_RECIPIENT)
        if path.parameters:
            return self.say(replies.BAD_PARAMETER)
        if len(envelope.recipients) >= self._lobby.limits.recipients:
            return self.say(replies.TOO_MANY_RECIPIENTS)
        try:
            destination = await self._lobby.directory.find(path.address)
        except NoAnswer:
            return self.say(replies.TROUBLE)
        if destination is None:
            return self.say(replies.UNKNOWN_MAILBOX)
        envelope.recipients.append(path.address)
        envelope.destinations.append(destination)
        return self.say(replies.RECIPIENT_OK)

    async def smtp_DATA(self, argument: str) -> None:
        envelope = self._envelope
        if argument:
            return self.say(replies.NO_ARGUMENT)
        if not envelope.recipients:
            return self.say(replies.NO_MAIL if envelope.sender is None else replies.NO_RECIPIENT)
        self.say(replies.GO_AHEAD)
        self.in_letter = True
        answers = await self._take_letter(envelope)
        self._envelope = Envelope()
        await self._answer(answers)
        self.in_letter = False
        if self._lobby.closing:
            self.hang_up(replies.CLOSING)
        return None

    async def smtp_RSET(self, argument: str) -> None:
        if argument:
            return self.say(replies.NO_ARGUMENT)
        self._envelope = Envelope()
        return self.say(replies.OK)

    async def smtp_NOOP(self, argument: str) -> None:
        self.say(replies.OK)

    async def smtp_VRFY(self, argument: str) -> None:
        """RFC 5321 §3.5.3: 252 reveals nothing."""
        self.say(replies.CANNOT_VERIFY)

    async def smtp_HELP(self, argument: str) -> None:
        self.say(replies.HELP)

    async def smtp_QUIT(self, argument: str) -> None:
        self.hang_up(replies.BYE)

    # --- a letter -----------------------------------------------------------------------------------------------------

    async def _take_letter(self, envelope: Envelope) -> list[str]:
        """A reply for each accepted recipient, in their order, in every case (RFC 2033 §4.2)."""
        assert self._wire is not None
        try:
            raw = await self._wire.letter(self._lobby.limits.size)
            self._storing = True
            return await self._lobby.writer.store(
                Incoming(
                    raw, envelope.sender or "", tuple(envelope.destinations), tuple(envelope.recipients), Origin.LMTP
                )
            )
        except (EOFError, ConnectionError):
            raise
        except LetterTooLarge:
            reply = replies.TOO_LARGE
        except NoRoom:
            reply = replies.NO_ROOM
        except QueueFull:
            reply = replies.BUSY
        except Hostile:
            reply = replies.TOO_LARGE
            self.loop.call_soon(self.hang_up, replies.TOO_MUCH_TALK)
        except Exception:
            log.exception("peer=%s a letter could not be taken", self.peer)
            reply = replies.TROUBLE
        finally:
            self._storing = False
            self._wire.forget()
        return [reply] * len(envelope.recipients)

    async def _answer(self, answers: list[str]) -> None:
        if any(answer.startswith("2") for answer in answers):
            self._commands = 0  # commands that led to something
        self.say(answers[0])
        if len(answers) > 1:
            await self._flush()
            failpoint("lmtp.between-replies")
            self._unsaid += answers[1:]
        await self._flush()
        failpoint("lmtp.after-replies")
