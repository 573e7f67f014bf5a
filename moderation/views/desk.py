"""The desk: held posts of one list, and what a moderator decides about them."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from archives import rendering
from archives.serving import download
from lists.models import MailingList
from moderation.access import open_desk, open_held, waiting
from moderation.errors import AlreadyDecided
from moderation.forms import ACCEPT, DISCARD, REJECT, DecisionForm
from moderation.models import HeldMessage
from moderation.services import desk
from suite.mail import content
from suite.mail.headers import decode
from suite.mail.parse import parse

PER_PAGE = 50
TEXT = 100_000
"""Characters of a held post that are shown; its source has the rest."""

DECISIONS: dict[str, tuple[Callable[[HeldMessage, User, str], None], str]] = {
    ACCEPT: (lambda held, by, comment: desk.accept(held, by, comment=comment), "The post goes out."),
    REJECT: (desk.reject, "The post is rejected; its sender is told."),
    DISCARD: (lambda held, by, comment: desk.discard(held, by), "The post is discarded."),
}
"""Decision to what it does and what the moderator reads then."""


@require_safe
def index(request: HttpRequest, list_id: str) -> HttpResponse:
    """What waits, oldest first. Two queries whatever its number."""
    mlist, access = open_desk(request.user, list_id)
    page = Paginator(waiting(mlist).select_related("arrival__letter").defer("arrival__letter__raw"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    for held in page:
        held.mlist = mlist
    context = {"mlist": mlist, "access": access, "page": page, "tab": "held"}
    return render(request, "moderation/held_index.html", context)


@require_safe
def show(request: HttpRequest, list_id: str, pk: int) -> HttpResponse:
    """One post with its reasons, and the buttons; after the decision, what became of it."""
    mlist, access = open_desk(request.user, list_id)
    return _page(request, mlist, access, open_held(mlist, pk))


@require_POST
def decide(request: HttpRequest, list_id: str, pk: int) -> HttpResponse:
    """Do it, and go on to the next post that waits. 409 and what was decided where somebody else was quicker."""
    mlist, access = open_desk(request.user, list_id)
    held = open_held(mlist, pk)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        if "decision" in form.errors:
            return HttpResponseBadRequest("There is no such decision.", content_type="text/plain")
        return _page(request, mlist, access, held, form, status=422)
    assert isinstance(request.user, User)  # the desk opens to nobody else
    act, told = DECISIONS[form.cleaned_data["decision"]]
    try:
        act(held, request.user, form.cleaned_data["comment"])
    except AlreadyDecided:
        return _page(request, mlist, access, held, status=409)
    messages.success(request, told)
    following = waiting(mlist).values_list("pk", flat=True).first()
    if following is None:
        return redirect("moderation:held-index", mlist.list_id)
    return redirect("moderation:held-show", mlist.list_id, following)


@require_safe
def raw(request: HttpRequest, list_id: str, pk: int) -> HttpResponse:
    """The letter as it came, as text: no browser runs anything in it."""
    mlist, _ = open_desk(request.user, list_id)
    held = open_held(mlist, pk)
    return download(bytes(held.arrival.letter.raw), f"held-{held.pk}.txt", "text/plain")


@require_safe
def attachment(request: HttpRequest, list_id: str, pk: int, part: str) -> HttpResponse:
    mlist, _ = open_desk(request.user, list_id)
    parsed = parse(bytes(open_held(mlist, pk).arrival.letter.raw))
    found = next((each for each in content.attachments(parsed) if each.index == part), None)
    if found is None:
        raise Http404("There is no such attachment.")
    return download(content.attachment_bytes(parsed, part), found.name, found.content_type)


def _page(
    request: HttpRequest,
    mlist: MailingList,
    access: object,
    held: HeldMessage,
    form: DecisionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    parsed = parse(bytes(held.arrival.letter.raw))
    text = content.body_text(parsed, TEXT)
    context = {
        "mlist": mlist,
        "access": access,
        "held": held,
        "form": form or DecisionForm(),
        "blocks": rendering.render(text, show_addresses=True),
        "files": content.attachments(parsed),
        "header": [(name, decode(value)) for name, value in parsed.headers.fields()],
        "tab": "held",
    }
    return render(request, "moderation/held_show.html", context, status=status)
