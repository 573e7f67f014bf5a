"""How long a bell has been ringing without anybody coming, seen from one process and by its own monotonic clock."""

import time
from dataclasses import dataclass
from datetime import datetime

from suite.common.models import Bell


@dataclass(slots=True)
class Vigil:
    """Look often: between two looks an answer shows in `answered_at` alone."""

    answered_at: datetime | None = None
    since: float | None = None

    def look(self, bell: Bell | None) -> float:
        """Seconds since we first saw this ring without an answer; 0.0 for a bell that is silent."""
        if bell is None or not bell.rung:
            self.since = None
            return 0.0
        if self.since is None or bell.answered_at != self.answered_at:
            self.since, self.answered_at = time.monotonic(), bell.answered_at
        return time.monotonic() - self.since
