"""The page behind the link in a moderator's notice: decide about this one post, without signing in and without JavaScript."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from archives import rendering
from lists.access import get_list_or_404
from lists.enums import Action
from lists.models import MailingList
from moderation.access import open_linked
from moderation.errors import AlreadyDecided
from moderation.forms import ACCEPT, DISCARD, REJECT, DecisionForm
from moderation.services.deciding import decide
from moderation.views.desk import TEXT
from suite.mail import content
from suite.mail.parse import parse

ACTIONS = {ACCEPT: Action.ACCEPT, REJECT: Action.REJECT, DISCARD: Action.DISCARD}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, list_id: str, token: str) -> HttpResponse:
    """GET shows the post and changes nothing, however often a mail scanner looks. POST decides, once, in the moderator's name.

    A link that is forged, of another list, or of somebody who moderates no more is one and the same page, with 404.
    """
    mlist = get_list_or_404(request.user, list_id)
    try:
        held, moderator = open_linked(mlist, token)
    except Http404:
        return _page(request, mlist, status=404, outcome="gone")
    if request.method != "POST" or held.decision:
        status = 409 if request.method == "POST" else 200
        return _page(request, mlist, status=status, outcome="decided" if held.decision else "asked", held=held)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("There is no such decision.", content_type="text/plain")
    address = moderator.subscriber_address
    user = moderator.user or (address.user if address and address.verified else None)
    actor = address.email if address else ""
    try:
        decide(held, ACTIONS[form.cleaned_data["decision"]], user, comment=form.cleaned_data["comment"], actor=actor)
    except AlreadyDecided:
        return _page(request, mlist, status=409, outcome="decided", held=held)
    return _page(request, mlist, outcome="done", held=held)


def _page(request: HttpRequest, mlist: MailingList, status: int = 200, **facts: object) -> HttpResponse:
    context = {"mlist": mlist, "form": DecisionForm(), **facts}
    if facts["outcome"] == "asked":
        held = context["held"]
        text = content.body_text(parse(bytes(held.arrival.letter.raw)), TEXT)  # type: ignore[attr-defined]
        context["blocks"] = rendering.render(text, show_addresses=True)
    return render(request, "moderation/held_linked.html", context, status=status)
