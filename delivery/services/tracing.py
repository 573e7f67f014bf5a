"""A message's whole story, told from the rows that worked on it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archives.enums import State
from archives.models import Arrival, Post
from delivery.enums import NewsState
from delivery.models import (
    ArchiverCopy,
    Batch,
    BounceEvent,
    DigestEntry,
    DigestShare,
    DomainPace,
    NewsPost,
    Notice,
    Outcome,
    Rendering,
)
from lists.access import Access, Person
from moderation.models import HeldMessage
from suite.common.models import Event
from suite.mail.addresses import key


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: when (None where the row does not say), what, and the details."""

    at: datetime | None
    what: str
    details: dict[str, Any]


def find(wanted: str) -> list[Arrival]:
    """The arrivals of a number, or of a Message-ID (with or without angle brackets), oldest first."""
    rows = Arrival.objects.select_related("mlist__domain", "letter").defer("letter__raw")
    if wanted.isdecimal() and len(wanted) < 19:
        return list(rows.filter(pk=int(wanted)))
    return list(rows.filter(message_id=wanted.strip().removeprefix("<").removesuffix(">")).order_by("pk"))


def story(arrival: Arrival) -> list[Step]:
    """Everything that is known of an arrival, in the order it happened."""
    steps = [
        *_arrived(arrival),
        *_held(arrival),
        *_decided(arrival),
        *_published(arrival),
        *_owed_to_archivers(arrival),
        *_sent(arrival),
        *_digested(arrival),
        *_to_news(arrival),
        *_told(arrival),
        *_recorded(arrival),
    ]
    start = arrival.received_at
    return sorted(steps, key=lambda step: step.at or start)


MAILBOXES = ("recipient", "bounce")
"""Steps that name somebody's mailbox."""
OPERATORS_ONLY = ("traceback",)
FOR_SENDERS: dict[str, tuple[str, ...]] = {
    "arrived": ("arrival", "message_id", "list", "to", "bytes"),
    "held": (),
    "decided": ("decision",),
    "archived": ("post", "hash"),
    "planned": ("recipients",),
    "sending": ("state", "done"),
    **{state.value: ("number",) for state in State if state != State.HELD},
}
"""What who has sent a message hears of it: that it came, what was decided, and how many have it. Who they are, which rules
the list has and who decided, he does not."""


def is_sender(user: Person, arrival: Arrival) -> bool:
    """Whether the message came from a proved address of this person, or he wrote it on the web. One query at most."""
    if not user.is_authenticated:
        return False
    if arrival.submitter_id is not None:
        return bool(arrival.submitter_id == user.pk)
    return bool(arrival.sender) and user.addresses.filter(email=key(arrival.sender), verified_at__isnull=False).exists()


def may_follow(user: Person, access: Access, arrival: Arrival) -> bool:
    """Whether this person, who has this access to the arrival's list, may see what became of it. One query at most."""
    return access.owns or is_sender(user, arrival)


def story_for_owners(arrival: Arrival) -> list[Step]:
    """Everything but what speaks of our own inside, and of mailboxes that are another list's members.

    What the relay answered of those speaks of them, too: it often repeats the address.
    """
    theirs = (step for step in story(arrival) if step.what not in MAILBOXES or "members_of" not in step.details)
    return [_only(step, step.details.keys() - _hidden(step)) for step in theirs]


def _hidden(step: Step) -> set[str]:
    """Details of a step that owners do not see."""
    return {*OPERATORS_ONLY, "replies", "endpoint"} if "members_of" in step.details else {*OPERATORS_ONLY}


def story_for_senders(arrival: Arrival) -> list[Step]:
    return [_only(step, FOR_SENDERS[step.what]) for step in story(arrival) if step.what in FOR_SENDERS]


def _only(step: Step, names: Iterable[str]) -> Step:
    wanted = set(names)
    return Step(step.at, step.what, {name: value for name, value in step.details.items() if name in wanted})


def _arrived(arrival: Arrival) -> Iterator[Step]:
    yield Step(
        arrival.received_at,
        "arrived",
        {
            "arrival": arrival.pk,
            "message_id": arrival.message_id,
            "list": arrival.mlist.list_id,
            "role": arrival.role,
            "by": arrival.origin,
            "from": arrival.sender or "<>",
            "to": arrival.recipient,
            "bytes": arrival.letter.size,
        },
    )


def _decided(arrival: Arrival) -> Iterator[Step]:
    verdict = arrival.verdict
    details = {
        "attempts": arrival.attempts,
        "number": arrival.number,
        "reason": arrival.reason,
        "rule": verdict.get("rule", ""),
        "hits": verdict.get("hits", []),
        "misses": verdict.get("misses", []),
        "notes": verdict.get("notes", {}),
        "remarks": verdict.get("remarks", []),
        "changed_by": arrival.changes,
        "traceback": arrival.traceback,
    }
    yield Step(arrival.state_at, arrival.state, {name: value for name, value in details.items() if value})


def _held(arrival: Arrival) -> Iterator[Step]:
    for held in HeldMessage.objects.filter(arrival=arrival).select_related("decided_by"):
        if arrival.state != State.HELD:  # else its present state tells it
            yield Step(held.held_at, "held", {"rule": held.rule, "reasons": held.reasons})
        if held.decision:
            yield Step(held.decided_at, "decided", {"decision": held.decision, "by": str(held.decided_by or "")})


def _published(arrival: Arrival) -> Iterator[Step]:
    for post in Post.objects.filter(arrival=arrival).defer("text"):
        yield Step(post.filed_at, "archived", {"post": post.pk, "thread": post.thread_id, "hash": post.message_id_hash})


def _owed_to_archivers(arrival: Arrival) -> Iterator[Step]:
    """Archivers outside that have not got it yet."""
    for copy in ArchiverCopy.objects.filter(arrival=arrival).defer("header").order_by("archiver"):
        details = {"copy": copy.pk, "archiver": copy.archiver, "attempts": copy.attempts, "next": copy.due_at}
        yield Step(copy.made_at, "for archiver", details | ({"error": copy.last_error} if copy.last_error else {}))


def _sent(arrival: Arrival) -> Iterator[Step]:
    renderings = {row.pk: row for row in Rendering.objects.filter(arrival=arrival).defer("header", "body")}
    if not renderings:
        return
    batches = _batches(renderings)
    yield from _sending([(batch, _near(batch, renderings[batch.rendering_id])) for batch in batches])
    names = {rendering.message_id for rendering in renderings.values()} - {""}
    reports = BounceEvent.objects.filter(mlist=arrival.mlist, message_id__in=names, batch=None)
    yield from map(_bounced, reports.order_by("pk"))


def _batches(renderings: Collection[int]) -> list[Batch]:
    """Those of these renderings, without whom they are for. 1 query."""
    rows = Batch.objects.filter(rendering__in=renderings).select_related("mlist", "endpoint").defer("recipients")
    return list(rows.order_by("rendering", "position", "pk"))


def _near(batch: Batch, rendering: Rendering) -> str:
    """The list-id of the included list whose members it is for; empty where they are the list's own."""
    return batch.mlist.list_id if batch.mlist and batch.mlist_id != rendering.mlist_id else ""


def _sending(sent: Sequence[tuple[Batch, str]]) -> Iterator[Step]:
    """How far these batches got, each with the list-id of an included list, or none. 2 queries whatever their number."""
    numbers = {batch.pk for batch, _ in sent}
    outcomes, bounces = defaultdict(list), defaultdict(list)
    for outcome in Outcome.objects.filter(batch__in=numbers).order_by("batch", "index"):
        outcomes[outcome.batch_id].append(outcome)
    for bounce in BounceEvent.objects.filter(batch__in=numbers).order_by("pk"):
        bounces[bounce.batch_id].append(bounce)
    for batch, list_id in sent:
        near = {"members_of": list_id} if list_id else {}
        yield from _progress(batch, near)
        for outcome in outcomes[batch.pk]:
            yield _answered(outcome, near)
        for bounce in bounces[batch.pk]:
            yield _bounced(bounce, near)


def _progress(batch: Batch, near: dict[str, str]) -> Iterator[Step]:
    details: dict[str, Any] = {
        "batch": batch.pk,
        "kind": batch.kind,
        "recipients": batch.size,
        "return_path": batch.return_path,
    }
    if batch.endpoint is not None:
        details["endpoint"] = batch.endpoint.place
    yield Step(batch.created_at, "planned", details | near)
    progress = {"batch": batch.pk, "state": batch.state, "done": batch.done, "replies": batch.replies}
    yield Step(batch.finished_at or batch.created_at, "sending", progress | near)


def _answered(outcome: Outcome, near: dict[str, str]) -> Step:
    details: dict[str, Any] = {
        "to": outcome.address,
        "state": outcome.state,
        "reply": f"{outcome.code} {outcome.enhanced} {outcome.reply}",
        "attempts": outcome.attempts,
        "next": outcome.due_at,
    }
    return Step(outcome.updated_at, "recipient", details | near)


def _bounced(bounce: BounceEvent, near: dict[str, Any] | None = None) -> Step:
    details = {"of": bounce.address, "kind": bounce.kind, "source": bounce.source, "code": bounce.enhanced}
    return Step(bounce.at, "bounce", details | {"said": bounce.diagnostic} | (near or {}))


def _digested(arrival: Arrival) -> Iterator[Step]:
    """When it was collected, the issue it went into, and the mails that the issue became and that it is in."""
    entries = DigestEntry.objects.filter(arrival=arrival).select_related("issue", "mlist").defer("header")
    found = list(entries.order_by("pk"))
    shares = DigestShare.objects.filter(issue__in={entry.issue_id for entry in found}, rendering__isnull=False)
    carrying = [
        (share.rendering_id, entry)
        for share in shares.order_by("issue", "position")
        for entry in found
        if share.issue_id == entry.issue_id and (not share.entries or entry.pk in share.entries)
    ]
    for entry in found:
        collected: dict[str, Any] = {"entry": entry.pk, "bytes": entry.size}
        other = {"list": entry.mlist.list_id} if entry.mlist_id != arrival.mlist_id else {}
        yield Step(entry.collected_at, "collected", collected | other)
        if entry.issue is not None:
            yield Step(entry.issue.closed_at, "digest", {"issue": str(entry.issue), "sent": entry.issue.sent_at})
    if carrying:
        batches = _batches({rendering for rendering, _ in carrying if rendering})
        lists = {rendering: entry.mlist.list_id for rendering, entry in carrying if entry.mlist_id != arrival.mlist_id}
        yield from _sending([(batch, lists.get(batch.rendering_id, "")) for batch in batches])


def _to_news(arrival: Arrival) -> Iterator[Step]:
    for post in NewsPost.objects.filter(arrival=arrival).defer("header"):
        yield Step(
            post.ended_at or post.created_at,
            "newsgroup",
            {
                "newsgroup": post.newsgroup,
                "message_id": post.message_id,
                "state": post.state,
                "attempts": post.attempts,
                "reply": post.reply,
                "next": post.due_at if post.state == NewsState.WAITING else None,
            },
        )


def last_reply(batch: Batch, index: int) -> str:
    """What the relay said last of the recipient at this place; empty where it was not asked yet."""
    outcome = Outcome.objects.filter(batch=batch, index=index).first()
    if outcome is not None:
        return f"{outcome.code} {outcome.enhanced} {outcome.reply}"
    for count, reply in batch.replies:
        if index < count:
            return str(reply)
        index -= count
    pace = DomainPace.objects.filter(pk=batch.domain, rate__isnull=False).first()
    return f"not taken yet; {pace.domain} is slowed: {pace.last_reply}" if pace else ""


def _told(arrival: Arrival) -> Iterator[Step]:
    for notice in Notice.objects.filter(subject=f"arrival:{arrival.pk}"):
        yield Step(notice.created_at, "notice", {"kind": notice.kind, "to": notice.recipient})


def _recorded(arrival: Arrival) -> Iterator[Step]:
    for event in Event.objects.filter(subject=f"arrival:{arrival.pk}"):
        yield Step(event.at, event.kind, {"by": event.actor})
