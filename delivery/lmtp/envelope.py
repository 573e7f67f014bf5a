from dataclasses import dataclass, field

from lists.addressing import Destination


@dataclass(slots=True)
class Envelope:
    """The transaction at hand. `sender` is None before MAIL, and empty for the null return path.

    `recipients` are the accepted ones as given, `destinations` what they stand for, in the same order.
    """

    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    destinations: list[Destination] = field(default_factory=list)
