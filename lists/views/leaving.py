"""One-click unsubscribe (RFC 8058): the address in List-Unsubscribe and at the end of posts. Works without sign-in.

It leaves at once whatever the list's unsubscription_policy says: the link came with a post to this member.
"""

import contextlib

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lists.access import get_list_or_404
from lists.enums import MemberRole
from lists.errors import NotSubscribed
from lists.links import read_unsubscribe_token
from lists.models import MailingList, Membership
from lists.services.leaving import leave


@csrf_exempt  # A mail provider's machine posts here, with no cookie. All the token can do is leave this one list.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, list_id: str, token: str) -> HttpResponse:
    """GET shows a button and changes nothing. POST leaves at once and answers 200 itself (RFC 8058 §3.1, no redirect).

    What the POST's body says does not matter. Again it finds that nobody is left to leave, which is as good.
    """
    mlist = get_list_or_404(request.user, list_id)
    number = read_unsubscribe_token(token, mlist.list_id)
    if number is None:
        raise Http404("There is no such link.")
    membership = _membership(mlist, number)
    if membership is not None and request.method == "POST":
        with contextlib.suppress(NotSubscribed):  # a second click at the same moment
            leave(mlist, membership, pre_confirmed=True, pre_approved=True, actor="one-click")
        membership = None
    context = {"mlist": mlist, "membership": membership}
    return render(request, "lists/membership_unsubscribe.html", context)


def _membership(mlist: MailingList, number: int) -> Membership | None:
    found = mlist.memberships.filter(pk=number, role=MemberRole.MEMBER)
    return found.select_related("mlist__domain", "address", "user__preferred_address").first()
