"""Filing posts: the published letter, its text and attachments, and its place in a thread.

Inside the caller's transaction, for a run of one list's posts at a time: about six statements whatever the run's length.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from django.db.models import Aggregate, Count, Max, Min, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from archives.models import Archive, Arrival, Attachment, Post, Thread
from archives.placing import SUBJECT_DAYS, Node, believable, place
from archives.services.letters import store_letters
from lists.models import MailingList
from suite.common.failpoints import failpoint
from suite.mail import content, ids
from suite.mail.addresses import parse_mailboxes
from suite.mail.parse import Parsed, parse
from suite.mail.subjects import base_subject, is_reply, strip_prefix


@dataclass(frozen=True, slots=True)
class Filing:
    """A post to be filed: what came, the bytes that are published, and its number. `parsed` reads what came."""

    arrival: Arrival
    raw: bytes
    parsed: Parsed
    number: int


@dataclass
class Sheet:
    """What a filing says of itself, read once."""

    filing: Filing
    parsed: Parsed
    message_id: str
    references: list[str]
    post: Post
    topic: str
    """The subject without the list's prefix."""
    attachments: list[content.Attachment]
    reply: bool
    """Whether the subject bears a mark of a reply."""


def archive_of(mlist: MailingList) -> Archive:
    """The list's archive, made when its first post is filed."""
    archive, _ = Archive.objects.get_or_create(
        list_id=mlist.list_id,
        defaults={"mlist": mlist, "display_name": mlist.display_name, "policy": mlist.archive_policy},
    )
    return archive


def file_posts(mlist: MailingList, filings: Sequence[Filing]) -> list[Post]:
    """File these posts of one list, in this order. Returns them as written."""
    if not filings:
        return []
    archive = archive_of(mlist)
    sheets = [_read(filing, archive, mlist) for filing in filings]
    _store_published(sheets)
    failpoint("filing.stored")
    known = _known(archive, sheets)
    topics = _topics(archive, sheets, known)
    for sheet in sheets:
        _settle(sheet, known, topics)
    failpoint("filing.threaded")
    Attachment.objects.bulk_create([row for sheet in sheets for row in _attachments(sheet)])
    failpoint("filing.attached")
    _refresh_threads({node.thread for node in known.values()} | {sheet.post.thread_id for sheet in sheets})
    return [sheet.post for sheet in sheets]


def _read(filing: Filing, archive: Archive, mlist: MailingList) -> Sheet:
    arrival = filing.arrival
    untouched = filing.raw is filing.parsed.raw
    parsed = filing.parsed if untouched else parse(filing.raw)
    header = parsed.headers
    message_id = (ids.message_id(header) or arrival.message_id)[:998]
    subject = _line(header.text("Subject"), 998)
    author = next(iter(parse_mailboxes(header.get("From") or b"", limit=1)), None)
    filed = timezone.now()
    attachments = content.attachments(parsed)
    post = Post(
        archive=archive,
        letter_id=arrival.letter_id if untouched else None,
        arrival=arrival,
        message_id=message_id,
        message_id_hash=ids.id_hash(message_id),
        number=filing.number,
        subject=subject,
        author_name=_line(author.name if author else "", 255),
        author_email=_line(author.address if author else "", 320),
        date=believable(_date(header.text("Date")), arrival.received_at),
        filed_at=filed,
        references=ids.references(header),
        text=content.body_text(parsed),
        size=len(filing.raw),
        attachment_count=len(attachments),
    )
    topic = strip_prefix(subject, mlist.subject_prefix)
    return Sheet(
        filing,
        parsed,
        message_id,
        post.references,
        post,
        topic,
        attachments,
        is_reply(topic),
    )


def _line(text: str, limit: int) -> str:
    """Fit for a text column and one line: no NUL, no lone surrogates, no line ends."""
    return " ".join(text.replace("\0", "").encode("utf-8", "replace").decode().split())[:limit]


def _date(value: str) -> datetime | None:
    """The Date field's time; None where it makes no sense (RFC 5322 §3.3)."""
    try:
        found = parsedate_to_datetime(value[:100])
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _known(archive: Archive, sheets: Iterable[Sheet]) -> dict[str, Node]:
    """Every post and ghost of the archive that these posts name, by Message-ID. 1 query."""
    wanted = {ids.id_hash(name) for sheet in sheets for name in (sheet.message_id, *sheet.references)}
    rows = Post.objects.filter(archive=archive, message_id_hash__in=wanted).order_by("-id")
    found = {}
    for pk, message_id, thread_id, ghost in rows.values_list("pk", "message_id", "thread_id", "ghost"):
        found[message_id] = Node(message_id, thread_id, ghost, pk)
    return found


def _topics(archive: Archive, sheets: Iterable[Sheet], known: dict[str, Node]) -> dict[str, int]:
    """Recent threads by subject, for replies whose References lead nowhere. 1 query where there is such a reply."""
    lost = {
        _subject_key(sheet)
        for sheet in sheets
        if sheet.reply and not any(reference in known for reference in sheet.references)
    }
    if not lost:
        return {}
    recent = timezone.now() - SUBJECT_DAYS
    rows = Thread.objects.filter(archive=archive, base_subject__in=lost, last_post_at__gte=recent).order_by("id")
    return dict(rows.values_list("base_subject", "pk"))


def _subject_key(sheet: Sheet) -> str:
    return base_subject(sheet.post.subject).lower()[:255]


def _store_published(sheets: Sequence[Sheet]) -> None:
    """Letters of their own for posts whose bytes a handler changed. 1 statement where there is such a post."""
    changed = [sheet for sheet in sheets if sheet.post.letter_id is None]
    letters = store_letters([sheet.filing.raw for sheet in changed])
    for sheet, letter in zip(changed, letters, strict=True):
        sheet.post.letter = letter


def _settle(sheet: Sheet, known: dict[str, Node], topics: dict[str, int]) -> None:
    """Give the post its thread and parent, and write it; make the ghost it needs; remember it for those after it."""
    post = sheet.post
    same_subject = topics.get(_subject_key(sheet)) if sheet.reply else None
    _learn_parents(sheet, known)
    found = place(sheet.message_id, sheet.references, known, same_subject)
    for merged in found.merges:
        _merge(merged, found.thread, known)
    post.thread_id = found.thread or _new_thread(sheet)
    parent = found.parent
    if found.new_ghost:
        parent = known[found.new_ghost] = _new_ghost(post, found.new_ghost, parent)
    post.parent_id = parent.pk if parent else None
    if found.fills is None:
        post.save(force_insert=True)
        known.setdefault(sheet.message_id, Node(sheet.message_id, post.thread_id, False, post.pk, parent))
        return
    ghost = found.fills
    post.pk = ghost.pk
    post.save(force_update=True)
    ghost.ghost, ghost.thread, ghost.parent = False, post.thread_id, parent


def _learn_parents(sheet: Sheet, known: dict[str, Node]) -> None:
    """Who stands below whom in the thread of a ghost that comes true: lest it is put below its own replies.

    1 query, for such a post alone.
    """
    own = known.get(sheet.message_id)
    if own is None or not own.ghost or own.thread is None or not sheet.references:
        return
    rows = list(Post.objects.filter(thread_id=own.thread).values_list("pk", "parent_id", "message_id"))
    nodes = {node.pk: node for node in known.values()}
    for pk, _, message_id in rows:
        nodes.setdefault(pk, Node(message_id, own.thread, pk=pk))
    for pk, parent_id, _ in rows:
        nodes[pk].parent = nodes.get(parent_id)


def _new_thread(sheet: Sheet) -> int:
    post = sheet.post
    return Thread.objects.create(
        archive=post.archive, subject=sheet.topic, base_subject=_subject_key(sheet), last_post_at=post.date
    ).pk


def _new_ghost(child: Post, message_id: str, parent: Node | None) -> Node:
    """The parent that nobody has seen yet, in the thread of the post that names it."""
    ghost = Post.objects.create(
        archive=child.archive,
        thread_id=child.thread_id,
        parent_id=parent.pk if parent else None,
        ghost=True,
        message_id=message_id[:998],
        message_id_hash=ids.id_hash(message_id),
    )
    return Node(message_id, child.thread_id, True, ghost.pk, parent)


def _merge(old: int, new: int | None, known: dict[str, Node]) -> None:
    """Two threads were one all the time."""
    Post.objects.filter(thread_id=old).update(thread_id=new)
    Thread.objects.filter(pk=old).delete()
    for node in known.values():
        if node.thread == old:
            node.thread = new


def _attachments(sheet: Sheet) -> list[Attachment]:
    return [
        Attachment(
            post=sheet.post,
            part=found.index[:60],
            name=_line(found.name, 255),
            content_type=_line(found.content_type, 127),
            size=found.size,
            inline=found.inline,
            content_id=_line(found.content_id, 255),
        )
        for found in sheet.attachments
    ]


def _refresh_threads(threads: set[int | None]) -> None:
    """Count anew what these threads hold. 1 statement; exact whatever went before."""
    posts = Post.objects.filter(thread=OuterRef("pk"))
    seen = posts.filter(ghost=False).order_by().values("thread")

    def figure(expression: Aggregate) -> Coalesce:
        return Coalesce(Subquery(seen.annotate(figure=expression).values("figure")), 0)

    Thread.objects.filter(pk__in=[thread for thread in threads if thread]).update(
        root=Subquery(posts.filter(parent__isnull=True).order_by("id").values("pk")[:1]),
        started_at=Subquery(seen.annotate(first=Min("date")).values("first")),
        last_post_at=Subquery(seen.annotate(last=Max("date")).values("last")),
        post_count=figure(Count("pk")),
        author_count=figure(Count("author_email", distinct=True)),
    )
