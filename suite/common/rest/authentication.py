"""Who may use the API: the one account of POSTHOUSE_API_USER and POSTHOUSE_API_PASSWORD, by HTTP Basic (RFC 7617)."""

import hmac
import logging
import math
from typing import Any

from django.conf import settings
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from suite.common.rest import brake
from suite.common.rest.errors import REALM

log = logging.getLogger(__name__)

ACTOR = "api"
"""Whose deeds these are in the audit trail."""
NOBODY = ""
"""All accounts that there are not, lest each name somebody thinks of were counted for itself."""

TOO_MANY = "Too many wrong passwords came from your address."


class Braked(Throttled):
    extra_detail_singular = extra_detail_plural = "Try again in {wait} seconds."


class Script:
    """Whoever holds the password. He is no user of the site."""

    is_authenticated = True


class ApiAuthentication(BasicAuthentication):
    """A session in a browser does not count here, so nothing can be forged across sites."""

    def authenticate_credentials(self, userid: str, password: str, request: Request | None = None) -> tuple[Any, None]:
        assert request is not None
        known = _same(userid, settings.API_USER)
        account = settings.API_USER if known else NOBODY
        if wait := brake.wait(request._request, account):
            raise Braked(math.ceil(wait), TOO_MANY)
        if not (_same(password, str(settings.API_PASSWORD)) & known and settings.API_PASSWORD):
            log.warning("api: wrong user or password from %s", request.META.get("REMOTE_ADDR") or "nowhere")
            if not brake.wrong(request._request, account):
                raise Braked(1 + math.floor(brake.wait(request._request, account)), TOO_MANY)
            raise AuthenticationFailed
        return Script(), None

    def authenticate_header(self, request: Request) -> str:
        return REALM


def _same(given: str, wanted: str) -> bool:
    """In a time that tells nothing (`hmac.compare_digest`)."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())
