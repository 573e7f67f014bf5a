"""Who lives here: look-ups behind RCPT, outside the event loop, each answer remembered for a second at most."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import InterfaceError, OperationalError, connection

from lists.addressing import Destination, resolve
from suite.common.errors import UnknownMailbox

log = logging.getLogger(__name__)

REMEMBERED = 1.0
"""Seconds from the begin of a look-up to the end of its answer's life, so that changes of lists are seen within them."""
MOST = 10_000  # answers
PATIENCE = 20.0  # seconds a look-up may take
_THREADS = 2


class NoAnswer(Exception):
    """The database does not say. It has been logged."""


class Directory:
    """Destinations by address. Sessions that ask for the same address at the same time share a look-up."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="lmtp-look-up")
        self._loop = asyncio.get_running_loop()
        self._answers: dict[str, tuple[float, asyncio.Future[Destination | None]]] = {}

    async def find(self, address: str) -> Destination | None:
        """Where mail to this address goes, None when there is no such mailbox. Raises NoAnswer."""
        answer = self._answer(address)
        try:
            if not answer.done():  # shielded: others wait for it too
                await asyncio.wait_for(asyncio.shield(answer), PATIENCE)
            return answer.result()
        except TimeoutError:
            log.error("rcpt=%s no answer from the database in %d s", address, PATIENCE)
            raise NoAnswer from None

    async def close(self) -> None:
        """End the threads, each with its connection. One that hangs is left to the end of the process."""
        meeting = threading.Barrier(_THREADS)
        ends = [self._loop.run_in_executor(self._executor, _end_of_thread, meeting) for _ in range(_THREADS)]
        await asyncio.wait(ends, timeout=PATIENCE)
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _answer(self, address: str) -> asyncio.Future[Destination | None]:
        now = self._loop.time()
        expires, answer = self._answers.get(address, (0.0, None))
        if answer is None or expires < now:
            if len(self._answers) >= MOST:
                self._answers.clear()
            answer = self._loop.run_in_executor(self._executor, look_up, address)
            self._answers[address] = now + REMEMBERED, answer
        return answer


def look_up(address: str) -> Destination | None:
    """In a thread. A connection that has died since the last look-up is replaced without a word."""
    try:
        try:
            return resolve(address)
        except (OperationalError, InterfaceError):
            connection.close()
            return resolve(address)
    except UnknownMailbox:
        return None
    except Exception as error:
        log.exception("rcpt=%s the look-up failed", address)
        connection.close()
        raise NoAnswer from error


def _end_of_thread(meeting: threading.Barrier) -> None:
    """Each thread does this once, for none can do it twice before all have come."""
    connection.close()
    meeting.wait(PATIENCE)
