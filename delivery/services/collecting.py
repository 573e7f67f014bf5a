"""Collecting posts for digests, in the commit that publishes them."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from archives.models import Post
from archives.services.letters import store_letters
from delivery.draft import Archive, Digest, DigestReader, Draft
from delivery.models import DigestEntry, DigestRoster
from delivery.services import issues
from lists.models import MailingList


@dataclass(frozen=True, slots=True)
class Collected:
    """A post to be collected, and the draft it comes from."""

    draft: Draft
    intent: Digest


def collect(mlist: MailingList, collected: Sequence[Collected], posts: Sequence[Post]) -> None:
    """Write these posts down for the list's next issue, and close that where it is large enough.

    They are its own, or of one list that includes it, and then they stand in no archive of this one. `posts` is what was filed of
    them. 2 statements for any number of posts (3 where somebody takes digests), one less where size closes no issue; a few more
    where those who take digests changed, and where an issue is closed.
    """
    if not collected:
        return
    filed = {post.arrival_id: post for post in posts}
    letters = letters_of([(one.draft, one.intent.raw) for one in collected], posts)
    rosters = _rosters(mlist, [one.intent.readers for one in collected])
    DigestEntry.objects.bulk_create(
        [
            DigestEntry(
                mlist=mlist,
                arrival=one.draft.arrival,
                post=filed.get(one.draft.arrival.pk) if one.draft.arrival.mlist_id == mlist.pk else None,
                letter_id=letter,
                roster_id=rosters.get(one.intent.readers),
                header=one.intent.header,
                size=len(one.intent.raw),
            )
            for one, letter in zip(collected, letters, strict=True)
        ]
    )
    issues.close_if_large(mlist)


def letters_of(wanted: Sequence[tuple[Draft, bytes]], posts: Sequence[Post]) -> list[int]:
    """The stored letter of each of these bytes: what came in, what was filed of the draft, or, of a list without archive,
    one of its own (1 statement)."""
    filed = {post.arrival_id: post for post in posts}
    known = [_known_letter(draft, raw, filed.get(draft.arrival.pk)) for draft, raw in wanted]
    unknown = [raw for (_, raw), letter in zip(wanted, known, strict=True) if letter is None]
    stored = iter(store_letters(unknown) if unknown else ())
    return [letter if letter is not None else next(stored).pk for letter in known]


def _known_letter(draft: Draft, raw: bytes, post: Post | None) -> int | None:
    if raw is draft.received:
        return draft.arrival.letter_id
    published = any(isinstance(intent, Archive) and intent.raw is raw for intent in draft.intents)
    return post.letter_id if post and published else None


def _rosters(mlist: MailingList, readers: Sequence[tuple[DigestReader, ...]]) -> dict[tuple[DigestReader, ...], int]:
    """The roster of each of these groups of readers; nobody has none. 1 statement, 2 more where one is new."""
    wanted = {_fingerprint(group): group for group in dict.fromkeys(readers) if group}
    if not wanted:
        return {}
    # Locked, lest housekeeping takes one away that nothing has used until now.
    rows = DigestRoster.objects.select_for_update().filter(mlist=mlist, sha256__in=wanted).values_list("sha256", "pk")
    found = dict(rows)
    new = [DigestRoster(mlist=mlist, sha256=key, members=wanted[key]) for key in wanted if key not in found]
    if new:
        DigestRoster.objects.bulk_create(new, ignore_conflicts=True)
        found = dict(rows.all())
    return {group: found[key] for key, group in wanted.items()}


def _fingerprint(group: tuple[DigestReader, ...]) -> str:
    return hashlib.sha256(json.dumps(group).encode()).hexdigest()
