"""The page that mails with a question lead to: join, leave, or "this was not me". Works without sign-in and JavaScript."""

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lists.access import get_list_or_404
from lists.enums import PendingKind, TokenOwner
from lists.errors import ListsError, UnknownToken
from lists.models import MailingList
from lists.services import requests

CONFIRM, DISOWN = "confirm", "disown"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, list_id: str, token: str) -> HttpResponse:
    """GET shows what is asked and changes nothing, however often a mail scanner looks. POST answers, once.

    A token that was used, is too old or was never given is one and the same page, with 404.
    """
    mlist = get_list_or_404(request.user, list_id)
    try:
        asked = requests.read(token, mlist=mlist)
        joins = asked.kind == PendingKind.SUBSCRIPTION
        if request.method == "POST":
            return _answered(request, mlist, token, joins)
        return _page(request, mlist, "asked", joins=joins, asked=asked)
    except UnknownToken:
        return _page(request, mlist, "gone", status=404)


def _answered(request: HttpRequest, mlist: MailingList, token: str, joins: bool) -> HttpResponse:
    word = request.POST.get("answer")
    if word == DISOWN:
        requests.disown(token, mlist=mlist)
        return _page(request, mlist, "disowned", joins=joins)
    if word != CONFIRM:
        return HttpResponseBadRequest("There is no such answer.", content_type="text/plain")
    try:
        step = requests.confirm(token, mlist=mlist)
    except UnknownToken:
        raise
    except ListsError as error:
        return _page(request, mlist, "refused", status=error.http_status, joins=joins, why=str(error))
    return _page(request, mlist, "waits" if step.owner == TokenOwner.MODERATOR else "done", joins=joins)


def _page(request: HttpRequest, mlist: MailingList, outcome: str, status: int = 200, **facts: object) -> HttpResponse:
    context = {"mlist": mlist, "outcome": outcome, **facts}
    return render(request, "lists/request_confirm.html", context, status=status)
