"""One message that many refuse for its own sake: its author's DMARC policy, a blocklist, its size or words.

Nobody's mailbox is at fault, so nobody's score rises by it, not even where the answer gave no reason; mailboxes that are
really dead score all the same. The owners are told once for each message.
"""

import hashlib
from collections import Counter
from datetime import datetime

from delivery.bounces import telling
from delivery.enums import BounceCause, BounceKind
from delivery.models import BounceEvent, Notice
from lists.models import MailingList, Membership

MEMBERS = 5
"""Refusals of one message that make a wave ..."""
DOMAINS = 2
"""... when they come from so many domains."""
_LOOKED_AT = 200


def is_wave(event: BounceEvent) -> bool:
    """Whether this message was refused for its own sake by many, as far as anybody knows by now. Two queries."""
    if not event.message_id or event.mlist_id is None:
        return False
    if _is_told(event):
        return True
    refused = BounceEvent.objects.filter(mlist=event.mlist_id, message_id=event.message_id, kind=BounceKind.POLICY)
    names = list(refused.values_list("address", flat=True)[:_LOOKED_AT])
    return len(set(names)) >= MEMBERS and len({name.rpartition("@")[2].lower() for name in names}) >= DOMAINS


def declare(mlist: MailingList, event: BounceEvent, now: datetime) -> None:
    """Tell the owners, and take back what events of this message without a reason have scored. Doing it twice does it once."""
    if _is_told(event):
        return
    of_message = BounceEvent.objects.filter(mlist=mlist, message_id=event.message_id)
    for unclear in of_message.filter(cause=BounceCause.OTHER, points__gt=0).select_related("membership"):
        if unclear.membership is None:
            continue
        member = Membership.objects.select_for_update().get(pk=unclear.membership.pk)
        member.bounce_score = max(0, member.bounce_score - unclear.points)
        member.save(update_fields=["bounce_score"])
        unclear.points = 0
        unclear.save(update_fields=["points"])
    causes = of_message.filter(kind=BounceKind.POLICY).values_list("cause", "diagnostic")[:_LOOKED_AT]
    counted = Counter(cause for cause, _ in causes)
    [(most, _)] = counted.most_common(1)
    said = next(words for cause, words in causes if cause == most)
    telling.owners(
        mlist,
        telling.WAVE,
        about(event),
        now,
        cause=most,
        message_id=event.message_id,
        said=said,
    )


def about(event: BounceEvent) -> str:
    digest = hashlib.sha256(event.message_id.encode(errors="replace")).hexdigest()
    return f"wave:{event.mlist_id}:{digest[:32]}"


def _is_told(event: BounceEvent) -> bool:
    return Notice.objects.filter(kind=telling.WAVE, subject=about(event)).exists()
