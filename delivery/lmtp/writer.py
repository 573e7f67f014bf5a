"""Group commit: one thread stores what all sessions have brought meanwhile, so that they share the costly commit.

Sessions wait for their replies; while a group is being committed, the next one gathers by itself.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Sequence

from django.db import connection, reset_queries

from archives.services.intake import Incoming, ring_for_arrivals
from delivery.lmtp.intake import accept
from suite.common.failpoints import failpoint

log = logging.getLogger(__name__)

MOST_LETTERS = 100  # of one commit
MOST_BYTES = 4 * 1024 * 1024  # of one commit; a bigger letter has its own
MOST_WAITING = 1000  # letters
MOST_BYTES_WAITING = (
    256 * 1024 * 1024
)  # clients that have gone meanwhile do not count as sessions, but their letters are here
PATIENCE = 20.0  # seconds for what still waits at the end

Replies = list[str]
_Job = tuple[Incoming, "asyncio.Future[Replies]"]


class QueueFull(Exception):
    """So much waits to be stored already that one more would only wait for its client to give up."""


class Writer:
    """The thread and its queue. All methods are for the event loop's thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting = 0
        self._bytes = 0
        self._thread = threading.Thread(target=self._work, name="lmtp-writer", daemon=True)
        self._thread.start()

    async def store(self, letter: Incoming) -> Replies:
        """The reply for each recipient, once the letter is on the disk or it is clear that it will not be. Raises QueueFull."""
        size = len(letter.raw)
        if self._waiting >= MOST_WAITING or (self._waiting and self._bytes + size > MOST_BYTES_WAITING):
            raise QueueFull
        replies: asyncio.Future[Replies] = self._loop.create_future()
        self._waiting += 1
        self._bytes += size
        self._jobs.put((letter, replies))
        return await replies

    async def close(self) -> None:
        """Store what waits, then end the thread. One that hangs in the database is left to the end of the process."""
        self._jobs.put(None)
        await self._loop.run_in_executor(None, self._thread.join, PATIENCE)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            group = [job, *self._more(len(job[0].raw))]
            answers = accept([letter for letter, _ in group])
            log.debug("a group of %d letters", len(group))
            failpoint("lmtp.after-commit")
            self._loop.call_soon_threadsafe(self._answer, group, answers)
            self._ring()
            reset_queries()  # with DEBUG, Django would remember every letter
        connection.close()

    def _more(self, size: int) -> Sequence[_Job]:
        """What waits behind the first letter, as far as it fits into one group."""
        found: list[_Job] = []
        while len(found) + 1 < MOST_LETTERS and size < MOST_BYTES:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            size += len(job[0].raw)
            found.append(job)
        return found

    def _answer(self, group: Sequence[_Job], answers: Sequence[Replies]) -> None:
        self._waiting -= len(group)
        self._bytes -= sum(len(letter.raw) for letter, _ in group)
        for (_, replies), answer in zip(group, answers, strict=True):
            if not replies.done():  # cancelled: the client has gone
                replies.set_result(answer)

    def _ring(self) -> None:
        """After the replies: the letters are safe, and the sweep finds what nobody was called for."""
        try:
            failpoint("lmtp.before-bell")
            ring_for_arrivals()
        except Exception:
            log.exception("could not ring for what has arrived; the sweep will see it")
            connection.close()
        failpoint("lmtp.after-bell")
