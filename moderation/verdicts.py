"""What rules say and what a chain concludes: values, typed and frozen."""

import enum
from dataclasses import asdict, dataclass, field
from typing import Any

from lists.enums import Action


class Disposition(enum.StrEnum):
    """How judging ends."""

    ACCEPT = "accept"
    HOLD = "hold"
    REJECT = "reject"
    DISCARD = "discard"


DISPOSITIONS = {
    Action.ACCEPT: Disposition.ACCEPT,
    Action.HOLD: Disposition.HOLD,
    Action.REJECT: Disposition.REJECT,
    Action.DISCARD: Disposition.DISCARD,
}
"""How judging ends where an action decides. Action.DEFER decides nothing."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule applies. `reason` is a sentence for the moderator, `to_sender` one for the sender where that differs.

    `disposition` is set by rules that know how the matter ends (the moderation rules); a chain's `moderation` link reads it.
    """

    reason: str
    to_sender: str = ""
    disposition: Disposition | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A rule marks without deciding: it counts as a miss, and `key`/`value` go into the verdict's notes."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a chain ended, and all that it found on the way. Hits and misses are rule names in the order they were asked.

    `rule` is the one that decided; empty where none did, because nothing spoke against the letter or the chain ran out.
    """

    disposition: Disposition
    rule: str
    hits: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    sender_reasons: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For `Arrival.verdict`."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}
