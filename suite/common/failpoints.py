"""Named places in the code where a test makes this process die, fail or wait. They do nothing on a site.

    POSTHOUSE_FAILPOINTS="intake.before-commit=kill:once lmtp.before-bell=sleep:2"

`kill` sends this process SIGKILL, `raise` raises Tripped, `sleep:SECONDS` waits. With `:once` it happens to the first who
passes, of all processes that share POSTHOUSE_STATE, and to nobody after a restart.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


class Tripped(RuntimeError):
    """A failpoint was set to `raise`."""


def _kill(name: str, _: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _raise(name: str, _: str) -> None:
    raise Tripped(name)


def _sleep(name: str, seconds: str) -> None:
    time.sleep(float(seconds))


ACTIONS: dict[str, Callable[[str, str], None]] = {"kill": _kill, "raise": _raise, "sleep": _sleep}


@dataclass(frozen=True, slots=True)
class _Trap:
    action: str
    argument: str
    once: bool


def _parse(text: str) -> dict[str, _Trap]:
    """Raises ValueError for an action that does not exist: a test that is armed wrongly would prove nothing."""
    traps = {}
    for word in text.split():
        name, _, what = word.partition("=")
        action, *rest = what.split(":")
        if action not in ACTIONS:
            raise ValueError(f"POSTHOUSE_FAILPOINTS: {word!r} has no action of {', '.join(ACTIONS)}")
        once = rest[-1:] == ["once"]
        traps[name] = _Trap(action, "".join(rest[: len(rest) - once]), once)
    return traps


_armed = _parse(os.environ.get("POSTHOUSE_FAILPOINTS", ""))


def failpoint(name: str) -> None:
    """Costs a look at an empty dictionary unless it is armed."""
    if _armed and (trap := _armed.get(name)) and (not trap.once or _first(name)):
        ACTIONS[trap.action](name, trap.argument)


@contextmanager
def armed(text: str) -> Iterator[None]:
    """For tests in this process: as if POSTHOUSE_FAILPOINTS had been `text`."""
    global _armed
    before, _armed = _armed, _parse(text)
    try:
        yield
    finally:
        _armed = before


def _first(name: str) -> bool:
    try:
        (Path(settings.STATE) / f"failpoint-{name}").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
