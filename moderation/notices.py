"""Who is told what of a verdict. Values only: the journey and the desk put them into the outbox.

A sender is told only where a machine may answer (RFC 3834 §2), and so often a day at most: a forged From must not turn a
list into somebody's flood.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils import timezone

from archives.models import Arrival
from lists import notices
from lists.addressing import SUFFIXES
from lists.enums import TokenOwner
from lists.models import MailingList, Membership
from lists.patterns import TIME_LIMIT
from lists.queries import administrators_by_address
from moderation import enclosures
from moderation.candidates import Candidate
from moderation.sentences import translated
from moderation.verdicts import Disposition, Verdict
from suite.common.outbox import Part
from suite.mail import addresses
from suite.mail.autoreply import may_answer
from suite.mail.parse import Parsed

HELD, REJECTED, NO_MORE, WAITING, EXPIRED = "held", "rejected", "no-more-today", "post-waiting", "posts-expired"
SLOW, SUMMARY, FLOOD = "slow-pattern", "moderation-summary", "flood"
FILTERED = "filtered"
TO_SENDERS = (HELD, REJECTED, NO_MORE)
"""Kinds of notice that count against a sender's share of the day."""
SentToday = Callable[[str, tuple[str, ...]], int]
"""Recipient and kinds -> how many notices of these kinds the recipient got within a day."""
Tokens = Callable[[TokenOwner], str]
"""Who is to act -> a new token with which he decides about the held post by mail."""
Link = Callable[[int], str]
"""A moderator's membership -> where he decides about the held post without signing in."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One mail of our own to one person; the kind is a notice's (`HELD` ...)."""

    kind: str
    recipient: str
    subject: str
    text: str
    parts: tuple[Part, ...] = ()
    """What goes along below the text (`suite.common.outbox`)."""
    headers: tuple[tuple[str, str], ...] = ()
    to_owners: bool = False
    """Whether it is written to one of those who run the list."""


@dataclass(frozen=True, slots=True)
class About:
    """The post that a notice is about: subject, sender, and why it was held or refused."""

    subject: str
    sender: str
    reasons: Sequence[str]

    def values(self) -> dict[str, str]:
        return {
            "subject": self.subject or "(no subject)",
            "sender_email": self.sender or "(nobody)",
            "reasons": notices.bulleted(self.reasons),
        }


def who_is_told(
    candidate: Candidate,
    mlist: MailingList,
    verdict: Verdict,
    *,
    sent_today: SentToday,
    tokens: Tokens | None = None,
    link: Link | None = None,
) -> list[Notification]:
    """What follows from a verdict. One query for the owners' and moderators' addresses where they are told.

    `sent_today` must count what this very transaction has written already. Of a held post `tokens` are wanted,
    and a `link` where moderators shall decide by one.
    """
    if verdict.disposition is Disposition.REJECT:
        return _to_sender(candidate, mlist, verdict, sent_today, None)
    if verdict.disposition is not Disposition.HOLD or tokens is None:
        return []
    told: list[Notification] = []
    if mlist.respond_to_post_requests:
        told += _to_sender(candidate, mlist, verdict, sent_today, tokens)
    if mlist.admin_immed_notify and verdict.rule != FLOOD:
        told += _to_moderators(candidate, mlist, verdict, tokens, link)
    return told


def rejected(mlist: MailingList, about: About, letter: Parsed, arrival: Arrival, *, language: str = "") -> Notification:
    """To the sender of a post that was rejected, with the post: by the list, or by a moderator, whose words are the reason."""
    subject, text = notices.render("list:user:notice:rejected", mlist, language=language, **about.values())
    text += enclosures.note(letter, mlist, language)
    parts = (enclosures.original(letter),)
    return Notification(REJECTED, about.sender, subject, text, parts, answering(arrival))


def expired(mlist: MailingList, posts: Sequence[tuple[str, str]]) -> list[Notification]:
    """To everybody who might have decided about these posts (sender and subject of each) before they expired."""
    listed = notices.bulleted(f"{sender or '(nobody)'}: {subject or '(no subject)'}" for sender, subject in posts)
    values = {"count": len(posts), "days": mlist.max_days_to_hold, "posts": listed}
    return _to_all_moderators(EXPIRED, "list:admin:notice:expired", mlist, values)


def summary(mlist: MailingList, count: int, lines: Sequence[str]) -> list[Notification]:
    """To everybody who may decide: so many posts and people wait, and these are they (as many as fit)."""
    values = {"count": count, "data": notices.bulleted(lines)}
    return _to_all_moderators(SUMMARY, "list:admin:notice:pending", mlist, values)


def flood(mlist: MailingList) -> list[Notification]:
    """To who decides: posts are held until the flood is over, and no post is told of by itself meanwhile."""
    values = {"posts": mlist.flood_posts, "seconds": mlist.flood_seconds}
    return _to_all_moderators(FLOOD, "list:admin:notice:flood", mlist, values)


def filtered(mlist: MailingList, reason: str, letter: Parsed) -> list[Notification]:
    """The only copy of a post of which the content filter left nothing, whole whatever its size."""
    told = _to_all_moderators(FILTERED, "list:admin:notice:filtered", mlist, {"reason": reason})
    return [replace(one, parts=(enclosures.whole(letter),)) for one in told]


def slow_pattern(mlist: MailingList, pattern: str) -> list[Notification]:
    """To who may change it: a pattern that came from elsewhere takes too long, and is left out meanwhile."""
    values = {"pattern": pattern, "seconds": TIME_LIMIT}
    return _to_all_moderators(SLOW, "list:admin:notice:slow-pattern", mlist, values)


def may_tell(mlist: MailingList, sender: str) -> bool:
    """Whether this is somebody's address: not nobody's, and not one of the list's own, which would answer itself."""
    local, domain = addresses.split(sender)
    name = local.partition("+")[0]
    own = {mlist.list_name, *(f"{mlist.list_name}-{suffix}" for suffix in SUFFIXES)}
    return bool(sender) and not (domain == mlist.mail_host and name in own)


def _to_sender(
    candidate: Candidate, mlist: MailingList, verdict: Verdict, sent_today: SentToday, tokens: Tokens | None
) -> list[Notification]:
    """What its author hears of a post: held, for which there are `tokens`, or else rejected."""
    # The key and not the address as written: whoever forges Dora's address in many spellings still fills one share.
    sender, arrival = candidate.sender, candidate.arrival
    if not may_tell(mlist, sender) or not may_answer(candidate.parsed.headers, arrival.sender):
        return []
    told, language, most = sent_today(sender, TO_SENDERS), _language(candidate), settings.AUTORESPONSES_PER_DAY
    if most and told > most:
        return []
    if most and told == most:
        words = notices.render(
            "list:user:notice:no-more-today", mlist, language=language, count=told, sender_email=sender
        )
        return [Notification(NO_MORE, sender, *words, headers=answering(arrival))]
    reasons = translated(verdict.sender_reasons, language or mlist.preferred_language)
    about = About(candidate.subject, sender, reasons)
    if tokens is None:
        return [rejected(mlist, about, candidate.parsed, arrival, language=language)]
    values = {**about.values(), "token": tokens(TokenOwner.SUBSCRIBER)}
    words = notices.render("list:user:notice:hold", mlist, language=language, **values)
    return [Notification(HELD, sender, *words, headers=answering(arrival))]


def answering(arrival: Arrival) -> tuple[tuple[str, str], ...]:
    """The fields of an automatic answer to this letter (RFC 3834 §3.1.5, §5)."""
    threading = ("In-Reply-To", "References") if arrival.message_id else ()
    return ("Auto-Submitted", "auto-replied"), *((name, f"<{arrival.message_id}>") for name in threading)


def _language(candidate: Candidate) -> str:
    """What the first sender reads; empty where the list knows nothing of him. No query: standings come with their people."""
    first = candidate.senders[0] if candidate.senders else None
    known = (first.membership or first.nonmember) if first else None
    return str(known.effective("preferred_language")) if known else ""


def _to_moderators(
    candidate: Candidate, mlist: MailingList, verdict: Verdict, tokens: Tokens, link: Link | None
) -> list[Notification]:
    """Text, original, and a letter whose answer decides; with `link` each has one of his own."""
    letter, token, now = candidate.parsed, tokens(TokenOwner.MODERATOR), timezone.now()
    original = enclosures.original(letter)
    people = administrators_by_address(mlist)
    told = []
    for recipient, language in _moderators(mlist, people).items():
        reasons = translated(verdict.reasons, language)
        values: dict[str, str] = About(candidate.subject, candidate.sender, reasons).values()
        if link and recipient in people:
            values["held_message_url"] = link(people[recipient].pk)
        subject, text = notices.render("list:admin:action:post", mlist, language=language, **values)
        parts = (original, enclosures.stub(mlist, token, language, now))
        text += enclosures.note(letter, mlist, language)
        told.append(Notification(WAITING, recipient, subject, text, parts, to_owners=True))
    return told


def _to_all_moderators(kind: str, name: str, mlist: MailingList, values: Mapping[str, Any]) -> list[Notification]:
    people = _moderators(mlist)
    written = {language: notices.render(name, mlist, language=language, **values) for language in set(people.values())}
    return [Notification(kind, recipient, *written[language], to_owners=True) for recipient, language in people.items()]


def _moderators(mlist: MailingList, people: Mapping[str, Membership] | None = None) -> dict[str, str]:
    """Everybody who may decide, and what each reads; the site's owner where a list has nobody, lest its posts wait unseen."""
    people = administrators_by_address(mlist) if people is None else people
    return {address: row.effective("preferred_language") for address, row in people.items()} or {
        settings.SITE_OWNER: settings.LANGUAGE_CODE
    }
