"""Who must be asked before somebody joins or leaves, in what order. One table for both, and for every step of each."""

from dataclasses import dataclass

from lists.enums import SubscriptionPolicy, TokenOwner
from lists.models import Membership

CONFIRMED = (SubscriptionPolicy.CONFIRM, SubscriptionPolicy.CONFIRM_THEN_MODERATE)
MODERATED = (SubscriptionPolicy.MODERATE, SubscriptionPolicy.CONFIRM_THEN_MODERATE)


@dataclass(frozen=True, slots=True)
class Step:
    """How far a wish has come: done (`NO_ONE`), or in whose hands it is.

    `token` answers for the subscriber; it stands here and in his mail, and nowhere else. It is empty where the join shield
    let no mail go: whoever asked is told the same all the same.
    """

    owner: TokenOwner
    token: str = ""
    membership: Membership | None = None
    """Who has joined; None while somebody is waited for, and after leaving."""

    @property
    def done(self) -> bool:
        return self.owner == TokenOwner.NO_ONE


def waits_for(policy: SubscriptionPolicy, *, proved: bool, confirmed: bool, approved: bool) -> TokenOwner:
    """Whose word comes next. `proved`: that whoever reads the address's mail is known to read it; a confirmation is a proof."""
    if not proved or (policy in CONFIRMED and not confirmed):
        return TokenOwner.SUBSCRIBER
    if policy in MODERATED and not approved:
        return TokenOwner.MODERATOR
    return TokenOwner.NO_ONE
