"""A post's own page: the permalink (RFC 5064)."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from archives.access import Shelf, open_archive, open_posts
from archives.models import Post
from archives.outline import outline
from archives.presenting import Author, shown_author, shown_post

REPLIES = 100
"""Replies that are named; more of them are to be seen on the thread's page."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another post of the thread, to go to."""

    url: str
    author: Author


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a post stands: its place in reading order from 1, and who stands around it."""

    position: int
    total: int
    before: Neighbour | None
    after: Neighbour | None
    parent: Neighbour | None
    replies: list[Neighbour]


@require_safe
def show(request: HttpRequest, list_id: str, message_hash: str) -> HttpResponse:
    """The post, or all posts where several share the Message-ID, and where it stands in its thread."""
    shelf = open_archive(request.user, list_id)
    found = open_posts(shelf, message_hash)
    thread = found[0].thread
    shown = [shown_post(post, shelf, thread.subject) for post in found]
    context = {
        "shelf": shelf,
        "mlist": shelf.mlist,
        "access": shelf.access,
        "thread": thread,
        "posts": shown,
        "subject": shown[0].subject,
        "around": _surroundings(found[0], shelf),
        "tab": "archive",
    }
    return render(request, "archives/post_show.html", context)


def _surroundings(post: Post, shelf: Shelf) -> Surroundings:
    """Two queries: the thread's outline, and the posts that are named."""
    order = [place.pk for place in outline(post.thread)]
    at = order.index(post.pk) if post.pk in order else 0
    before, after = (order[index] if 0 <= index < len(order) else None for index in (at - 1, at + 1))
    wanted = Q(pk__in=[pk for pk in (before, after, post.parent_id) if pk]) | Q(parent=post)
    posts = shelf.posts().filter(wanted).only("message_id_hash", "author_name", "author_email", "parent_id")
    named = {other.pk: other for other in posts.order_by("date", "id")[: REPLIES + 3]}

    def neighbour(pk: int | None) -> Neighbour | None:
        return _neighbour(named[pk], shelf) if pk in named else None

    replies = [_neighbour(other, shelf) for other in named.values() if other.parent_id == post.pk]
    return Surroundings(at + 1, len(order), neighbour(before), neighbour(after), neighbour(post.parent_id), replies)


def _neighbour(post: Post, shelf: Shelf) -> Neighbour:
    url = reverse("archives:post-show", args=(shelf.list_id, post.message_id_hash))
    return Neighbour(url, shown_author(post.author_name, post.author_email, shelf))
