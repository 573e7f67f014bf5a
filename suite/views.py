"""What belongs to the site and to no app."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe

ROBOTS = """\
User-agent: *
Disallow: /accounts/
Disallow: /admin/
Disallow: /api/
Disallow: /sandbox/
Disallow: /lists/*/held/
Disallow: /lists/*/underway/
Disallow: /lists/*/unsubscribe/
Disallow: /lists/*/raw
Disallow: /lists/*/attachment/
"""


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers had better leave alone (RFC 9309)."""
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """For programs that do not read the page's link to it."""
    return HttpResponseRedirect(static("img/favicon.svg"))
