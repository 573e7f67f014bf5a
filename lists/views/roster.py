"""Who is on a list, for those whom the list shows it to."""

from dataclasses import dataclass

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.enums import DeliveryMode, DeliveryStatus
from lists.access import Access, Right, open_list
from lists.forms import SearchForm
from lists.models import Membership
from lists.queries import members_of_page, roster
from suite.mail.masking import mask

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Entry:
    """A member as he is shown. How he gets his mail, and that he hides, is for owners and moderators."""

    address: str
    name: str
    hidden: bool = False
    digest: bool = False
    paused: bool = False


@require_safe
def index(request: HttpRequest, list_id: str) -> HttpResponse:
    """Members by address, without its domain for who is not signed in: harvesters read public pages. Who hides is counted for
    all, and named to owners and moderators, who can also search.

    Three queries for them, whatever their number: how many there are, which of them are on this page, and those.
    """
    try:
        mlist, access = open_list(request.user, list_id, Right.ROSTER)
    except PermissionDenied:
        if request.user.is_authenticated:
            raise
        return redirect_to_login(request.get_full_path(), reverse("account_login"))
    form = SearchForm(request.GET) if access.moderates else None
    search = form.cleaned_data["q"] if form and form.is_valid() else ""
    found = roster(mlist, hidden_too=access.moderates, search=search)
    paginator = Paginator(found.keys, PER_PAGE)
    paginator.count = found.shown  # known already: no query more
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "mlist": mlist,
        "access": access,
        "tab": "members",
        "roster": found,
        "form": form,
        "search": search,
        "page": page,
        "entries": [_entry(member, access) for member in members_of_page(mlist, page)],
    }
    return render(request, "lists/member_index.html", context)


def _entry(member: Membership, access: Access) -> Entry:
    address = member.subscriber_address
    shown = address.original_email if address else ""
    if not access.moderates:
        return _as_read(Entry(shown, member.display_name), access)
    return Entry(
        shown,
        member.display_name,
        hidden=member.hides_address,
        digest=member.effective("delivery_mode") != DeliveryMode.REGULAR,
        paused=member.effective("delivery_status") != DeliveryStatus.ENABLED,
    )


def _as_read(entry: Entry, access: Access) -> Entry:
    return entry if access.signed_in else Entry(mask(entry.address), mask(entry.name))
