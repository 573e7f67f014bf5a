"""The page that warnings lead to: one button switches a member's mail on again. Works without sign-in and JavaScript."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from lists.access import get_list_or_404
from lists.errors import UnknownToken
from lists.services import resuming


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest, list_id: str, token: str) -> HttpResponse:
    """GET shows the button and changes nothing; POST switches on, once. A token that is none any more: one page, with 404."""
    mlist = get_list_or_404(request.user, list_id)
    try:
        act = resuming.resume if request.method == "POST" else resuming.read
        context = {"mlist": mlist, "member": act(token, mlist), "done": request.method == "POST"}
        status = 200
    except UnknownToken:
        context, status = {"mlist": mlist}, 404
    return render(request, "lists/membership_resume.html", context, status=status)
