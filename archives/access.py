"""Who may read which archive: pages, downloads and later feeds and search get archives, threads and posts only from here.

While a list lives, `lists.access` decides. An archive that outlived its list is read by everybody where it was public, else by
the site's owners.
"""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404

from archives.models import Archive, Attachment, Post, Thread
from lists.access import Access, Person, Right, open_list
from lists.enums import ArchivePolicy
from lists.models import MailingList

SAME_ID = 10
"""Posts of one Message-ID that a page shows; more of them are a sender's mistake or malice."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """An archive as one person may see it. Without `archive`, nothing was filed yet; without `mlist`, the list is gone."""

    list_id: str
    name: str
    mlist: MailingList | None
    access: Access | None
    archive: Archive | None
    may_read: bool
    insider: bool
    """Whether the person is signed in: mail addresses are for those only."""

    @property
    def public(self) -> bool:
        """Whether everybody may read it."""
        policy = self.mlist.archive_policy if self.mlist else self.archive.policy if self.archive else None
        return policy == ArchivePolicy.PUBLIC

    def threads(self) -> QuerySet[Thread]:
        """The threads that hold a post; none where this person may not read."""
        readable = self.may_read and self.archive is not None
        return Thread.objects.filter(archive=self.archive, post_count__gt=0) if readable else Thread.objects.none()

    def posts(self) -> QuerySet[Post]:
        """Posts that were seen, no ghosts; none where this person may not read."""
        readable = self.may_read and self.archive is not None
        return Post.objects.filter(archive=self.archive, ghost=False) if readable else Post.objects.none()


def open_archive(user: Person, list_id: str, need: Right = Right.READ) -> Shelf:
    """The archive of this list-id. Four queries at most.

    Http404 where there is none, none is kept, or this person may not read it: which, nobody is told. With Right.SEE the list's
    overview: its archive then only where `may_read`.
    """
    try:
        mlist, access = open_list(user, list_id, need)
    except Http404:
        return _left_behind(user, list_id)
    may_read = access.may(Right.READ)
    archive = Archive.objects.filter(list_id=mlist.list_id).first() if may_read else None
    return Shelf(mlist.list_id, mlist.display_name, mlist, access, archive, may_read, user.is_authenticated)


def _left_behind(user: Person, list_id: str) -> Shelf:
    printable = list_id.isprintable()
    archive = Archive.objects.filter(mlist=None, list_id=list_id.lower()).first() if printable else None
    if archive is None or archive.policy == ArchivePolicy.NEVER:
        raise Http404("There is no such list.")
    if archive.policy != ArchivePolicy.PUBLIC and not (user.is_authenticated and user.is_superuser):
        raise Http404("There is no such list.")
    name = archive.display_name or archive.list_id
    return Shelf(archive.list_id, name, None, None, archive, True, user.is_authenticated)


def open_thread(shelf: Shelf, pk: int) -> Thread:
    """One query. Http404 where this archive has no such thread."""
    thread = shelf.threads().filter(pk=pk).first()
    if thread is None:
        raise Http404("There is no such thread.")
    return thread


def open_posts(shelf: Shelf, message_id_hash: str) -> list[Post]:
    """The posts of this permalink, oldest first: more than one where a sender used a Message-ID twice. Two queries.

    Http404 where there is none.
    """
    posts = shelf.posts().filter(message_id_hash=message_id_hash).select_related("thread", "parent")
    found = list(posts.prefetch_related("attachments").order_by("id")[:SAME_ID])
    if not found:
        raise Http404("There is no such post.")
    return found


def open_post(shelf: Shelf, message_id_hash: str, pk: str = "") -> Post:
    """One post with its letter; `pk` tells which where several share the Message-ID. One query. Http404 where there is none."""
    posts = shelf.posts().filter(message_id_hash=message_id_hash, letter__isnull=False).select_related("letter")
    if pk:
        posts = posts.filter(pk=int(pk)) if pk.isascii() and pk.isdigit() and len(pk) < 19 else posts.none()
    post = posts.order_by("id").first()
    if post is None:
        raise Http404("There is no such post.")
    return post


def open_attachment(post: Post, part: str) -> Attachment:
    """One query. Http404 where the post has no such part."""
    attachment = post.attachments.filter(part=part).first() if part.isprintable() else None
    if attachment is None:
        raise Http404("There is no such attachment.")
    return attachment
