"""What a list's owners can do about posts that are on their way: look, pause, go on, cancel."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from archives.models import Arrival
from delivery import presenting
from delivery.services import control, tracing, underway
from lists.access import Right, open_list

ACTIONS: dict[str, Callable[..., int]] = {"pause": control.pause, "resume": control.resume, "cancel": control.cancel}
"""Button to what it does."""


@require_safe
def index(request: HttpRequest, list_id: str) -> HttpResponse:
    """Posts that are being sent. One query whatever their number."""
    mlist, access = open_list(request.user, list_id, Right.OWN)
    context = {"mlist": mlist, "access": access, "posts": underway.posts(mlist), "tab": "underway"}
    return render(request, "delivery/underway_index.html", context)


@require_safe
def trace(request: HttpRequest, list_id: str, pk: int) -> HttpResponse:
    """What happened to a message: all of it for the list's owners, what concerns him for who has sent it.

    The same number of queries whatever the number of its copies.
    """
    mlist, access = open_list(request.user, list_id)
    arrival = underway.open_arrival(mlist, pk) if pk < 2**63 else None
    if arrival is None or not tracing.may_follow(request.user, access, arrival):
        raise Http404(f"There is no such post on {list_id}.")
    story = tracing.story_for_owners if access.owns else tracing.story_for_senders
    context = {"mlist": mlist, "access": access, "arrival": arrival, "tab": "underway"}
    context["steps"] = [presenting.shown_step(step) for step in story(arrival)]
    return render(request, "delivery/underway_trace.html", context)


@require_POST
def control_post(request: HttpRequest, list_id: str, pk: int) -> HttpResponse:
    """Pause, resume or cancel one post's sending. Copies that were handed over are gone; doing it twice is harmless."""
    mlist, _access = open_list(request.user, list_id, Right.OWN)
    act = ACTIONS.get(request.POST.get("action", ""))
    if act is None:
        return HttpResponseBadRequest("There is no such action.", content_type="text/plain")
    assert isinstance(request.user, User)  # the gate opens to no one else
    count = act(_arrival(mlist.list_id, underway.open_arrival(mlist, pk)), by=str(request.user))
    if act is control.cancel:
        messages.success(request, _("Cancelled: %(count)d people are spared.") % {"count": count})
    return redirect("underway:post-index", mlist.list_id)


def _arrival(list_id: str, found: Arrival | None) -> Arrival:
    if found is None:
        raise Http404(f"There is no such post on {list_id}.")
    return found
