"""What scanners are told and what they say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Envelope:
    """The envelope sender (empty = null) and the recipient of a letter."""

    sender: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`score` is the scanner's own, `action` its word for what to do, `names` what it found. `trouble` is why it said nothing."""

    score: float = 0.0
    action: str = ""
    names: tuple[str, ...] = ()
    trouble: str = ""


class ScannerTrouble(Exception):
    """The scanner answered something else than a finding."""
