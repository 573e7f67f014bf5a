"""Bells: how one process calls for another, without either knowing which row is meant.

`ring()` flips the bell's row and only who flipped it enqueues a task; so rings coalesce and a loaded site enqueues little. A
worker calls `answer()` *before* it looks for work, so a ring is never lost between looking and leaving. The rows that wait
are the truth: a bell that nobody hears costs time, which the sweep bounds, and no work.
"""

import logging

from django.db import Error, connection, transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.tasks import async_task

from suite.common.enums import BellKind
from suite.common.models import Bell

log = logging.getLogger(__name__)

LANE = {
    BellKind.JUDGE: "work",
    BellKind.DIGEST: "work",
    BellKind.SEND: "send",
    BellKind.BOUNCE: "work",
    BellKind.ARCHIVE: "archive",
    BellKind.NEWS: "archive",
    BellKind.ENDPOINT: "archive",
}
"""Which task cluster answers a bell. Sending has its own, so that it never occupies the workers that judge; so have archivers
outside, news servers and HTTP endpoints, which may take as long as they like."""


TIMEOUT = {
    BellKind.JUDGE: 60,
    BellKind.DIGEST: 120,
    BellKind.SEND: 900,
    BellKind.BOUNCE: 60,
    BellKind.ARCHIVE: 900,
    BellKind.NEWS: 300,
    BellKind.ENDPOINT: 900,
}
"""Seconds after which a task that answers a bell is killed. A drain ends after 20 by itself, but for the piece of work in hand:
of sending that is an SMTP transaction, which may take ten minutes behind its final dot (RFC 5321 §4.5.3.2.6). Who cuts it off
sooner sends the same mail again and again."""


def ring(kind: BellKind) -> None:
    """Call for this kind of work. Call it after the commit, or in on_commit. One SELECT where the bell is rung already.

    Who answers a bell silences it before looking for work, so a bell that still rings promises a look to come.
    """
    with connection.cursor() as cursor:  # all doors ring for all they keep, so not even the ORM's time is spent on it
        cursor.execute(f"SELECT rung FROM {Bell._meta.db_table} WHERE kind = %s", [kind.value])  # noqa: S608
        found = cursor.fetchone()
    if found is None:
        Bell.objects.bulk_create([Bell(kind=kind, rung=True, rung_at=timezone.now())], ignore_conflicts=True)
        _enqueue(kind)
    elif not found[0] and Bell.objects.filter(kind=kind, rung=False).update(rung=True, rung_at=timezone.now()):
        _enqueue(kind)


def ring_after_commit(kind: BellKind) -> None:
    """What is committed is safe whether or not anybody could be called: failures are logged, and the sweep rings."""
    transaction.on_commit(lambda: ring(kind), robust=True)


def ring_again(kind: BellKind) -> bool:
    """The sweep's: the bell was rung and nobody came. Enqueue another task, for the first may be lost.

    False, and nothing done, where a task waits in the lane already: then nobody takes it, and more of them would not help;
    and where a broker of another kind than the database is away.
    """
    try:
        waiting = get_broker(LANE[kind]).queue_size()
    except Error:
        raise
    except Exception as error:
        log.warning("kind=%s the broker does not answer: %s", kind, error)
        return False
    if waiting:
        return False
    Bell.objects.filter(kind=kind).update(rung=True, rung_at=timezone.now())
    _enqueue(kind)
    return True


def answer(kind: BellKind) -> None:
    """A worker is here: whoever rings from now on is heard again."""
    Bell.objects.filter(kind=kind).update(rung=False, answered_at=timezone.now())


def _enqueue(kind: BellKind) -> None:
    """Make the task. A broker that is away (Redis) is nobody's trouble: the bell rings on, and the sweep hears it."""
    try:
        async_task(
            "delivery.tasks.drain",
            kind.value,
            # Named even where it is the default: in a process of another lane the default is that lane's.
            cluster=LANE[kind],
            task_name=f"drain-{kind.value}",
            timeout=TIMEOUT[kind],
            save=False,
        )
    except Error:
        raise
    except Exception as error:
        log.warning("kind=%s nobody can be called: %s", kind, error)
