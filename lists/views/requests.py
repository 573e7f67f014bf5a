"""Who waits to join or to leave: what a list's moderators and owners decide about."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from lists.access import Right, get_list_or_404, open_list
from lists.enums import Action, PendingKind
from lists.errors import ListsError, UnknownToken
from lists.forms import RequestForm
from lists.services import requests

PER_PAGE = 50
TOLD = {
    Action.ACCEPT: "The request is accepted.",
    Action.REJECT: "The request is rejected; the person is told.",
    Action.DISCARD: "The request is discarded.",
}
"""What the moderator reads then."""


@require_safe
def index(request: HttpRequest, list_id: str) -> HttpResponse:
    """What waits for a moderator, oldest first. Two queries whatever its number, and those of the page's head."""
    mlist, access = open_list(request.user, list_id, Right.MODERATE)
    page = Paginator(requests.awaiting(mlist), PER_PAGE).get_page(request.GET.get("page"))
    context = {"mlist": mlist, "access": access, "page": page, "joins": PendingKind.SUBSCRIPTION, "tab": "requests"}
    return render(request, "lists/request_index.html", context)


@require_POST
def decide(request: HttpRequest, list_id: str, pk: int) -> HttpResponse:
    """Do it, and show what still waits. Where somebody was quicker, that is said."""
    mlist = get_list_or_404(request.user, list_id, Right.MODERATE)
    form = RequestForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("There is no such decision.", content_type="text/plain")
    waiting = requests.awaiting(mlist).filter(pk=pk).first()
    assert isinstance(request.user, User)  # the gate opens to nobody else
    action = Action.from_wire(form.cleaned_data["decision"])
    try:
        if waiting is None:
            raise UnknownToken
        requests.decide(waiting, action, reason=form.cleaned_data["reason"], actor=request.user.email)
    except UnknownToken:
        messages.warning(request, "This request does not wait any more.")
    except ListsError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, TOLD[action])
    return redirect("lists:request-index", mlist.list_id)
