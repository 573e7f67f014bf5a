"""Guessing is slowed: after so many wrong passwords a network is not heard for a time, be the next one right or wrong."""

import time
from dataclasses import dataclass, field
from threading import Lock


@dataclass
class Brake:
    """`tries` wrong passwords from a network within `pause` seconds; the last of them begins a pause as long.

    It is the memory of one process, so that signing in costs no query: a site with several web processes allows as many times
    `tries`. It remembers `most` networks, those that came last.
    """

    tries: int = 10
    pause: float = 300
    most: int = 10_000
    _wrong: dict[str, tuple[int, float]] = field(default_factory=dict)
    """Network -> how many, and until when they count."""
    _lock: Lock = field(default_factory=Lock)

    def wait(self, network: str) -> float:
        """Seconds until somebody of the network is heard again; 0 = at once."""
        count, until = self._wrong.get(network, (0, 0.0))
        return max(0.0, until - self.now()) if count >= self.tries else 0.0

    def wrong(self, network: str) -> int:
        """Count a wrong password. Returns how many there were."""
        now = self.now()
        with self._lock:
            count, until = self._wrong.pop(network, (0, 0.0))
            count = count + 1 if until > now else 1
            self._wrong[network] = (count, now + self.pause if count in (1, self.tries) else until)
            if len(self._wrong) > self.most:
                del self._wrong[next(iter(self._wrong))]
        return count

    def forget(self) -> None:
        with self._lock:
            self._wrong.clear()

    @staticmethod
    def now() -> float:
        return time.monotonic()
