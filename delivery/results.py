"""What became of one letter before anything is written: the journey finds it, `services.distribution` writes it."""

from collections.abc import Callable
from dataclasses import dataclass

from archives.enums import State
from archives.models import Arrival
from delivery.draft import Draft, Tell
from moderation.candidates import Candidate
from moderation.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Work:
    """What a letter asks of the list itself, as mail to a robot does.

    `write` is called once, in the transaction that moves the arrival to `state`; what it raises undoes both, and the letter is
    tried again alone, then shunted. `reason` is kept with the arrival.
    """

    write: Callable[[], None]
    state: State = State.DISTRIBUTED
    reason: str = ""


@dataclass(frozen=True)
class Result:
    """A verdict (None where a moderator accepted it), a draft where it goes out, work where it asks for some, or a failure."""

    arrival: Arrival
    candidate: Candidate
    verdict: Verdict | None = None
    draft: Draft | None = None
    work: Work | None = None
    tells: tuple[Tell, ...] = ()
    """Mails of our own about it: that a post was refused, say, to the people who run the list."""
    beside: Callable[[], None] | None = None
    """What is written in the same transaction, whatever becomes of the letter: an automatic answer."""
    failure: str = ""

    @property
    def is_post(self) -> bool:
        """Whether it goes out to the list, and so has a number of its own."""
        return self.draft is not None and self.draft.counts
