"""The ORM broker of django-q2, made patient.

As it ships, its pusher ends and sleeps ten seconds when the database is away, and its monitor dies of a task that cannot be
acknowledged. Both may lose a task: the row that waits is the truth, and the sweep rings again. So a broker that cannot reach
the database says that there is nothing to do, later and later up to a second, and starts afresh with a new connection.
"""

import contextlib
import logging
import time
from typing import Any

from django.db import Error, connections, transaction
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ

from suite.common import wake

log = logging.getLogger(__name__)
LONGEST_WAIT = 1.0  # seconds


class PatientBroker(ORM):
    """Tasks as rows of OrmQ, oldest first."""

    failures = 0
    sleeper: wake.Sleeper | None = None

    @staticmethod
    def get_connection(list_key: str | None = None) -> Any:
        """The rows. As it ships, making a broker connects: a cluster's parents have one as well, and no use for the database."""
        fresh = connections[Conf.ORM].connection is None
        return OrmQ.objects.using(Conf.ORM) if fresh else ORM.get_connection(list_key)

    def dequeue(self) -> list[tuple[int, str]] | None:
        """At most one task, or None after a pause: `poll` seconds, or until somebody on this host enqueues one."""
        try:
            found = self._take()
        except Error as error:
            self._suffer("dequeue", error)
            return None
        self.failures = 0
        if not found:
            self.sleeper = self.sleeper or wake.Sleeper(self.list_key)
            self.sleeper.sleep(Conf.POLL)
        return found

    def enqueue(self, task: str) -> Any:
        """The task is there at the next commit; then whoever waits for it on this host is nudged."""
        number = super().enqueue(task)
        transaction.on_commit(lambda: wake.wake(self.list_key), using=Conf.ORM)
        return number

    def acknowledge(self, task_id: int) -> Any:
        """Forget the task. Where that fails it is handed out again after `retry` seconds, which harms nothing."""
        try:
            return super().acknowledge(task_id)
        except Error as error:
            self._suffer("acknowledge", error)

    def _take(self) -> list[tuple[int, str]] | None:
        waiting = self.get_connection().filter(key=self.list_key, lock__lt=timezone.now())
        for pk, lock, payload in waiting.order_by("pk").values_list("pk", "lock", "payload")[:1]:
            if OrmQ.objects.using(Conf.ORM).filter(pk=pk, lock=lock).update(lock=self.timeout(None)):
                return [(pk, payload)]
        return None

    def _suffer(self, what: str, error: Error) -> None:
        self.failures += 1
        if self.failures == 1:
            log.warning("lane=%s cannot %s: %s", self.list_key, what, str(error).strip())
        with contextlib.suppress(Error):
            connections[Conf.ORM].close()
        time.sleep(min(LONGEST_WAIT, 0.1 * 2 ** min(self.failures, 8)))
