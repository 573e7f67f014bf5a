"""Letters that have come in, and candidates made of them."""

from archives.models import Arrival
from archives.services.letters import store_letters
from lists.models import MailingList
from moderation import candidates
from moderation.candidates import Candidate

PLAIN = b"""\
From: Bart <bart@example.com>\r
To: dev@example.org\r
Subject: Tea\r
Message-ID: <tea@example.com>\r
\r
Who makes the tea?\r
"""


def make_letter(sender: str = "Bart <bart@example.com>", subject: str = "Tea", *fields: str) -> bytes:
    """A short post to dev@example.org; `fields` are whole header lines that stand before the others."""
    lines = [*fields, f"From: {sender}", "To: dev@example.org", f"Subject: {subject}", "", "Who makes the tea?", ""]
    return "\r\n".join(lines).encode()


def make_arrival(
    mlist: MailingList, raw: bytes = PLAIN, *, sender: str = "bart@example.com", **columns: object
) -> Arrival:
    """An arrival of these bytes, stored, with the envelope sender given."""
    [letter] = store_letters([raw])
    return Arrival.objects.create(mlist=mlist, letter=letter, recipient=mlist.posting_address, sender=sender, **columns)


def make_candidate(mlist: MailingList, raw: bytes = PLAIN, *, sender: str = "bart@example.com") -> Candidate:
    """What the journey makes of such an arrival."""
    [candidate] = make_candidates(mlist, (raw, sender))
    return candidate


def make_candidates(mlist: MailingList, *letters: tuple[bytes, str]) -> list[Candidate]:
    """A run of (bytes, envelope sender)."""
    arrivals = [make_arrival(mlist, raw, sender=sender) for raw, sender in letters]
    raws = {arrival.letter_id: raw for arrival, (raw, _) in zip(arrivals, letters, strict=True)}
    return candidates.build(arrivals, mlist, raws)
