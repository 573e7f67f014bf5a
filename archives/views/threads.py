"""A thread, with the words of its posts."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models.functions import Substr
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archives.access import Shelf, open_archive, open_thread
from archives.models import Thread
from archives.outline import Place, outline
from archives.presenting import ShownPost, shown_post, shown_subject

PER_PAGE = 50
TEXT = 20_000
"""Characters of a post that its thread's page shows; the post's own page has the rest."""


@require_safe
def show(request: HttpRequest, list_id: str, pk: int) -> HttpResponse:
    """Posts in reading order, replies below what they answer. Three queries for them, whatever their number."""
    shelf = open_archive(request.user, list_id)
    thread = open_thread(shelf, pk)
    page = Paginator(outline(thread), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "shelf": shelf,
        "mlist": shelf.mlist,
        "access": shelf.access,
        "thread": thread,
        "subject": shown_subject(thread.subject, shelf),
        "page": page,
        "posts": _posts(shelf, thread, list(page)),
        "tab": "archive",
    }
    return render(request, "archives/thread_show.html", context)


def _posts(shelf: Shelf, thread: Thread, places: list[Place]) -> list[ShownPost]:
    """The posts of these places, with no more of their texts loaded than is shown."""
    posts = shelf.posts().defer("text").annotate(start=Substr("text", 1, TEXT + 1)).prefetch_related("attachments")
    known: dict[int, Any] = posts.in_bulk([place.pk for place in places])
    return [
        shown_post(post, shelf, thread.subject, text=post.start, depth=place.depth, limit=TEXT)
        for place in places
        if (post := known.get(place.pk))
    ]
