"""When to try again: ladders of waiting times, in seconds."""

import random
from collections.abc import Sequence

from django.conf import settings

RELAY = (1, 2, 5, 10, 30, 60)
"""The relay does not answer: nothing was handed over, and no message's attempt counts."""


def recipient_ladder() -> Sequence[int]:
    """A recipient was answered 4xx (RFC 5321 §4.5.4.1: back off). settings.RETRY_LADDER; by default 5 to 67 minutes."""
    return settings.RETRY_LADDER


CONNECTION = (2, 10, 60)
"""The connection broke in the middle of a transaction. After the last, its recipients count as answered 4xx."""

ARCHIVER = (60, 300, 900, 3600, 14_400)
"""An archiver outside did not take a copy. The last stays: a copy is given up by hand only."""
ARCHIVER_REST = (10, 60, 300, 900)
"""It did not take several in a row: nobody asks it for so long."""
ENDPOINT_REST = (10, 60, 300, 900)
"""An HTTP endpoint did not take a post: nobody asks it for so long, or for as long as it says."""
PACE = (60, 120, 300, 600, 1200, 2400, 4000)
"""A domain has too much of us: nobody there is sent to, and no attempt counts."""

JITTER = 0.1


def wait(ladder: Sequence[int], attempt: int) -> float:
    """Seconds to wait after the `attempt`-th failure (1 = the first), up to 10 % more or less."""
    step = ladder[min(max(attempt, 1), len(ladder)) - 1]
    return step * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 (spreads load, guards nothing)
