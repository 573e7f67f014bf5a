"""The bytes of a session as lines and letters. Only CRLF.CRLF ends a letter (RFC 5321 §4.1.1.4), so nothing can be smuggled.

One buffer serves both, for commands may follow a letter in the same segment. What we have to say goes out whenever we have to
wait for more, so that replies to pipelined commands share a segment (RFC 2920 §3.2).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from suite.common.failpoints import failpoint

CHUNK = 64 * 1024
LONGEST_LINE = 4096  # 512 in RFC 5321 §4.5.3.1.4; more for SMTPUTF8, parameters and long return paths
_PATIENCE = 1024 * 1024  # bytes of one endless line that we hear out before we hang up
_END = b"\r\n.\r\n"


class LineTooLong(Exception):
    """The line is gone, the next one can be read."""


class LetterTooLarge(Exception):
    """The letter is gone, the next line can be read."""


class NoRoom(Exception):
    """Too many bytes are in flight. The letter is gone, the next line can be read."""


class Hostile(Exception):
    """There is no end to what we hear."""


class Room:
    """Bytes that all sessions together may hold of letters."""

    def __init__(self, size: int) -> None:
        self.free = size


class Wire:
    """What one client says. Every method raises EOFError when it has said its last."""

    def __init__(self, stream: asyncio.StreamReader, flush: Callable[[], Awaitable[None]], room: Room) -> None:
        self._stream = stream
        self._flush = flush
        self._room = room
        self._buffer = bytearray()
        self._claimed = 0
        self.heard_at = time.monotonic()

    async def line(self) -> bytes:
        """The next line with its end. Raises LineTooLong or Hostile."""
        buffer = self._buffer
        gone = 0
        while (end := buffer.find(b"\n")) < 0:
            if len(buffer) > LONGEST_LINE:
                gone += len(buffer)
                buffer.clear()
            if gone > _PATIENCE:
                raise Hostile
            await self._hear()
        line = bytes(buffer[: end + 1])
        del buffer[: end + 1]
        if gone or end > LONGEST_LINE:
            raise LineTooLong
        return line

    async def letter(self, limit: int) -> bytes:
        """What comes up to the lone dot, dots unstuffed (RFC 5321 §4.5.2), not a byte changed otherwise.

        It occupies room until `forget()`. One over `limit` is heard to its end first. Raises LetterTooLarge, NoRoom or Hostile.
        """
        stuffed = await self._up_to_the_dot(limit + limit // 3 + CHUNK)
        letter = stuffed.replace(b"\r\n.", b"\r\n")[2:]
        if len(letter) > limit:
            raise LetterTooLarge
        return letter

    def forget(self) -> None:
        """The letter is stored or refused: others may have its room."""
        self._room.free += self._claimed
        self._claimed = 0

    async def _up_to_the_dot(self, most: int) -> bytes:
        """CRLF (the one that ended DATA), the letter as it is on the wire, its last CRLF."""
        buffer = self._buffer
        buffer[:0] = b"\r\n"
        gone = looked_at = 0
        refusal: type[NoRoom | LetterTooLarge] | None = None
        while (end := buffer.find(_END, max(0, looked_at - len(_END)))) < 0:
            looked_at = len(buffer)
            if refusal is None and not self._claim(looked_at):
                refusal = NoRoom
            if looked_at > most:
                refusal = refusal or LetterTooLarge
            if refusal is not None:
                gone += looked_at - len(_END)
                del buffer[: -len(_END)]
                looked_at = len(buffer)
            if gone > 2 * most:
                raise Hostile
            await self._hear()
            failpoint("lmtp.data")
        stuffed = bytes(buffer[: end + 2])
        del buffer[: end + len(_END)]
        if refusal is not None:
            raise refusal
        return stuffed

    def _claim(self, size: int) -> bool:
        more = size - self._claimed
        if more > self._room.free:
            return False
        self._room.free -= more
        self._claimed = size
        return True

    async def _hear(self) -> None:
        await self._flush()
        data = await self._stream.read(CHUNK)
        if not data:
            raise EOFError
        self.heard_at = time.monotonic()
        self._buffer += data
