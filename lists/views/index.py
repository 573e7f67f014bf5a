"""The site's front page: the lists it has for this person."""

from itertools import groupby

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lists.access import visible_lists

PER_PAGE = 100


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Advertised lists, and one's own, by domain. Two queries whatever their number."""
    lists = visible_lists(request.user).order_by("domain__mail_host", "list_name")
    page = Paginator(lists, PER_PAGE).get_page(request.GET.get("page"))
    domains = [(domain, list(found)) for domain, found in groupby(page, key=lambda mlist: mlist.domain)]
    return render(request, "lists/list_index.html", {"page": page, "domains": domains})
