"""Waiting for what happens elsewhere, with a patience that only a failure needs: tests run on machines that are busy."""

import time
from collections.abc import Callable

PATIENCE = 120.0  # seconds for anything to happen


def wait_until(
    condition: Callable[[], object], what: str | Callable[[], str] = "what was to come", patience: float = PATIENCE
) -> None:
    """Until it holds. Fails where it does not, saying what was waited for."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience:.0f} s in vain for {what() if callable(what) else what}")
        time.sleep(0.02)
