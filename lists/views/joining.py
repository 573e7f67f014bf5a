"""Where people join and leave a list on the web: at one click for who is signed in, by an answered mail for everybody else."""

import contextlib

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from lists.access import Access, open_list
from lists.enums import TokenOwner
from lists.errors import ListsError
from lists.forms import JoinForm
from lists.models import MailingList, Membership
from lists.queries import membership_of
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.workflow import Step

JOIN, LEAVE = "join", "leave"


@require_http_methods(["GET", "HEAD", "POST"])
def take_part(request: HttpRequest, list_id: str) -> HttpResponse:
    """GET shows what this person can do. POST does it; anonymous visitors are told the same whatever address they give."""
    mlist, access = open_list(request.user, list_id)
    person = _somebody(request)
    if request.method == "POST":
        return _by_person(request, mlist, person) if person else _by_address(request, mlist, access)
    return _page(request, mlist, access, person, form=JoinForm())


def _somebody(request: HttpRequest) -> User | None:
    """Who is signed in and can get mail."""
    user = request.user
    return user if isinstance(user, User) and user.is_active and user.preferred_address_id else None


def _by_person(request: HttpRequest, mlist: MailingList, person: User) -> HttpResponse:
    """His session says who he is and that he wants it; where the list's people must agree, they are asked."""
    wish = request.POST.get("wish")
    if wish not in (JOIN, LEAVE):
        return HttpResponseBadRequest("There is no such wish.", content_type="text/plain")
    try:
        step = _leave(mlist, person) if wish == LEAVE else join(mlist, person, pre_confirmed=True, actor=person.email)
    except ListsError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _told(wish, step))
    return redirect("lists:list-join", mlist.list_id)


def _leave(mlist: MailingList, person: User) -> Step:
    membership = membership_of(mlist, person)
    return leave(mlist, membership or person, pre_confirmed=True, actor=person.email)


def _told(wish: str, step: Step) -> str:
    if step.owner == TokenOwner.MODERATOR:
        return "The people who run the list decide now. You will get a mail."
    if not step.done:
        return "You get a mail with a question. Answer it, and it is done."
    return "You have joined the list." if wish == JOIN else "You have left the list."


def _by_address(request: HttpRequest, mlist: MailingList, access: Access) -> HttpResponse:
    """Whose address it is nobody knows, so it is asked, and the page says nothing of what the list knows of it."""
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _page(request, mlist, access, None, form=form, status=422)
    with contextlib.suppress(ListsError):  # there already, banned, asked already: none of the visitor's business
        join(
            mlist,
            form.cleaned_data["email"],
            display_name=form.cleaned_data["name"],
            unproved=True,
            ip=request.META.get("REMOTE_ADDR", ""),
            actor="web",
        )
    return _page(request, mlist, access, None, form=None)


def _page(
    request: HttpRequest,
    mlist: MailingList,
    access: Access,
    person: User | None,
    *,
    form: JoinForm | None,
    status: int = 200,
) -> HttpResponse:
    membership: Membership | None = membership_of(mlist, person) if person else None
    context = {
        "mlist": mlist,
        "access": access,
        "tab": JOIN,
        "person": person,
        "membership": membership,
        "form": form,
    }
    return render(request, "lists/list_join.html", context, status=status)
