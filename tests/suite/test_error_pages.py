"""Error pages: in the site's frame, and never repeating what somebody sent (SEC-012)."""

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from suite.common.rest.authentication import Script
from suite.common.rest.views import Resource
from tests.support.factories import make_list

MARKER = "Zm9vYmFyQlVZ" * 6


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(MARKER)


def odd(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation(MARKER)


class Broken(Resource):
    permission_classes = ()

    def get(self, request: Request) -> Response:
        request.user = Script()
        raise RuntimeError(MARKER)


urlpatterns = [
    path("broken/", broken),
    path("odd/", odd),
    path("resource/", Broken.as_view()),
    path("", include("suite.urls")),
]


@pytest.mark.parametrize(
    ("url", "status"), [("/broken/", 500), ("/resource/", 500), ("/odd/", 400), (f"/{MARKER}/", 404)]
)
@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.django_db
def test_an_error_has_a_page_in_the_sites_frame(url: str, status: int) -> None:
    answer = Client(raise_request_exception=False).get(url, {"q": MARKER})

    page = answer.content.decode()
    assert answer.status_code == status
    assert 'class="masthead"' in page
    assert f'<p class="status">{status}</p>' in page
    assert MARKER not in page
    assert "Traceback" not in page


@override_settings(ROOT_URLCONF=__name__)
def test_the_page_for_our_own_trouble_needs_no_database() -> None:
    """pytest-django lets no query through here."""
    assert Client(raise_request_exception=False).get("/broken/").status_code == 500


PLACES = [
    f"/{MARKER}/",
    f"/lists/{MARKER}/",
    f"/lists/{MARKER}/held/",
    f"/lists/dev.example.org/{MARKER}/",
    f"/lists/dev.example.org/thread/{MARKER}/",
    f"/lists/dev.example.org/message/{MARKER}/",
    f"/lists/dev.example.org/message/{'A' * 32}/attachment/{MARKER}/",
    f"/lists/dev.example.org/unsubscribe/{MARKER}/",
    f"/lists/dev.example.org/held/{MARKER}/",
    f"/lists/dev.example.org/held/?page={MARKER}",
    f"/lists/dev.example.org/message/{'A' * 32}/raw?post={MARKER}",
    f"/sandbox/to/{MARKER}/",
    f"/accounts/{MARKER}/",
    f"/admin/{MARKER}/",
]


@pytest.mark.parametrize("url", PLACES)
@pytest.mark.django_db
def test_no_page_repeats_what_it_was_asked(client: Client, url: str) -> None:
    make_list("dev")

    answer = client.get(url, headers={"User-Agent": MARKER, "Referer": f"http://testserver/{MARKER}"})

    assert answer.status_code in (302, 403, 404)
    assert MARKER not in answer.content.decode()


@pytest.mark.django_db
def test_a_form_without_token_is_refused_in_the_sites_frame() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": MARKER})

    page = answer.content.decode()
    assert answer.status_code == 403
    assert 'class="masthead"' in page
    assert MARKER not in page


def test_a_foreign_host_is_refused(client: Client) -> None:
    answer = client.get("/", headers={"Host": f"{MARKER}.example"})

    assert answer.status_code == 400
    assert MARKER not in answer.content.decode()
