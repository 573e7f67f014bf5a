"""Pages made for one person are kept by no cache (RFC 9111 §5.2.2)."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def private_pages(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: whoever comes with a session or a password, or gets a cookie, gets an answer that is his alone. No query.

    What anonymous visitors see of public archives may be kept, and asked about again.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        known = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
        personal = known or response.cookies or request.method == "POST"
        if personal or response.status_code in (401, 403):
            response["Cache-Control"] = "private, no-store"
        elif not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-cache"
        return response

    return answer
