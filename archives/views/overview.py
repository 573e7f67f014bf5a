"""A list's front page: what it is, how to take part, and its latest threads."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, OuterRef, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archives import rendering
from archives.access import Shelf, open_archive
from archives.models import Post
from archives.presenting import ShownThread, shown_thread
from lists.access import Right

PER_PAGE = 25


@require_safe
def show(request: HttpRequest, list_id: str) -> HttpResponse:
    """Everybody may see it; threads are on it for who may read them. Two queries for the threads, whatever their number."""
    shelf = open_archive(request.user, list_id, Right.SEE)
    counts = shelf.threads().aggregate(threads=Count("pk"), posts=Sum("post_count"))
    page = _page(request, shelf, counts["threads"])
    info = shelf.mlist.info if shelf.mlist else ""
    context = {
        "shelf": shelf,
        "mlist": shelf.mlist,
        "access": shelf.access,
        "info": rendering.render(info, show_addresses=True),
        "page": page,
        "threads": _shown(page, shelf),
        "thread_count": counts["threads"],
        "post_count": counts["posts"] or 0,
        "tab": "overview",
    }
    return render(request, "archives/archive_show.html", context)


def _page(request: HttpRequest, shelf: Shelf, count: int) -> "Page[Any]":
    first = Post.objects.filter(thread=OuterRef("pk"), ghost=False).order_by("date", "id")
    threads = shelf.threads().order_by("-last_post_at", "-id")
    authors = {name: Subquery(first.values(f"author_{name}")[:1]) for name in ("name", "email")}
    paginator = Paginator(threads.annotate(first_name=authors["name"], first_email=authors["email"]), PER_PAGE)
    paginator.count = count  # known already: no query more
    return paginator.get_page(request.GET.get("page"))


def _shown(page: "Page[Any]", shelf: Shelf) -> list[ShownThread]:
    if not page.paginator.count:
        return []
    return [shown_thread(thread, thread.first_name or "", thread.first_email or "", shelf) for thread in page]
