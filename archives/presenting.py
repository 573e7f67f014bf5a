"""Posts and threads as pages show them. Here, and not in templates, it is decided what an outsider does not see."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from django.urls import reverse

from archives.access import Shelf
from archives.models import Attachment, Post, Thread
from archives.rendering import Block, render
from suite.mail.masking import mask
from suite.mail.subjects import base_subject, strip_prefix

DEPTHS = 6
"""Steps a reply can be indented; deeper ones stand where the last stands."""
NOBODY = "(unknown)"
NO_SUBJECT = "(no subject)"


@dataclass(frozen=True, slots=True)
class Author:
    """`name` may be shown to the person who asks; `email` is empty for outsiders; `key` only chooses the avatar's colour."""

    name: str
    email: str
    key: str


@dataclass(frozen=True, slots=True)
class File:
    """An attachment's line: name, media type, decoded bytes, where to get it."""

    name: str
    content_type: str
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class ShownPost:
    pk: int
    subject: str
    new_subject: bool
    """Whether it is another one than its thread's, "Re:" and the list's prefix aside."""
    author: Author
    date: datetime | None
    number: int | None
    blocks: list[Block]
    cut: bool
    """Whether the text goes on on the post's own page."""
    files: list[File]
    level: int
    """How many posts it stands below, and 1 more."""
    indent: int
    url: str
    raw_url: str
    reply_url: str
    """A mailto: address that answers this post on its list; empty where the list is gone."""

    @property
    def anchor(self) -> str:
        return f"post-{self.pk}"


@dataclass(frozen=True, slots=True)
class ShownThread:
    url: str
    subject: str
    author: Author
    last_post_at: datetime | None
    replies: int
    authors: int


def shown_text(text: str, shelf: Shelf) -> str:
    """One line of text from a letter, for this person."""
    return text if shelf.insider else mask(text)


def shown_author(name: str, email: str, shelf: Shelf) -> Author:
    shown = shown_text(name.strip() or email, shelf)
    return Author(shown or NOBODY, email if shelf.insider else "", email)


def shown_subject(subject: str, shelf: Shelf) -> str:
    return shown_text(_without_prefix(subject, shelf), shelf) or NO_SUBJECT


def _without_prefix(subject: str, shelf: Shelf) -> str:
    return strip_prefix(subject, shelf.mlist.subject_prefix if shelf.mlist else "").strip()


def shown_thread(thread: Thread, name: str, email: str, shelf: Shelf) -> ShownThread:
    """A line of the overview; name and email are those of the thread's first author."""
    return ShownThread(
        url=reverse("archives:thread-show", args=(shelf.list_id, thread.pk)),
        subject=shown_subject(thread.subject, shelf),
        author=shown_author(name, email, shelf),
        last_post_at=thread.last_post_at,
        replies=thread.post_count - 1,
        authors=thread.author_count,
    )


def shown_post(
    post: Post, shelf: Shelf, topic: str, *, text: str | None = None, depth: int = 0, limit: int = 0
) -> ShownPost:
    """A post of the thread with this subject, with its text rendered: `text`, else all of it.

    Of more than `limit` characters (0 = any number) the first.
    """
    text = post.text if text is None else text
    cut = bool(limit) and len(text) > limit
    place = (shelf.list_id, post.message_id_hash)
    which = f"?post={post.pk}"
    return ShownPost(
        pk=post.pk,
        subject=shown_subject(post.subject, shelf),
        new_subject=base_subject(_without_prefix(post.subject, shelf)) != base_subject(_without_prefix(topic, shelf)),
        author=shown_author(post.author_name, post.author_email, shelf),
        date=post.date,
        number=post.number,
        blocks=render(text[:limit] if cut else text, show_addresses=shelf.insider),
        cut=cut,
        files=[_file(attachment, shelf, post.message_id_hash, which) for attachment in post.attachments.all()],
        level=depth + 1,
        indent=min(depth, DEPTHS),
        url=reverse("archives:post-show", args=place),
        raw_url=reverse("archives:post-raw", args=place) + which,
        reply_url=_reply_url(post, shelf),
    )


def _file(attachment: Attachment, shelf: Shelf, message_id_hash: str, which: str) -> File:
    url = reverse("archives:attachment-download", args=(shelf.list_id, message_id_hash, attachment.part))
    return File(shown_text(attachment.name, shelf), attachment.content_type, attachment.size, url + which)


def _reply_url(post: Post, shelf: Shelf) -> str:
    """RFC 6068 §2; In-Reply-To is what makes the answer find its place."""
    if shelf.mlist is None:
        return ""
    subject = shown_text(post.subject, shelf)
    subject = subject if subject[:3].lower() == "re:" else f"Re: {subject}"
    fields = {"Subject": subject} | ({"In-Reply-To": f"<{post.message_id}>"} if shelf.insider else {})
    return f"mailto:{quote(shelf.mlist.posting_address, safe='@')}?{urlencode(fields, quote_via=quote)}"
