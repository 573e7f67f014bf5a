"""Who may use the API: the one account of POSTHOUSE_API_USER and POSTHOUSE_API_PASSWORD, by HTTP Basic (RFC 7617)."""

import hmac
import logging
import math
from typing import Any

from django.conf import settings
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from suite.common.networks import network_of
from suite.common.rest.brake import Brake
from suite.common.rest.errors import REALM

log = logging.getLogger(__name__)

ACTOR = "api"
"""Whose deeds these are in the audit trail."""
BRAKE = Brake()


class Braked(Throttled):
    extra_detail_singular = extra_detail_plural = "Try again in {wait} seconds."


class Script:
    """Whoever holds the password. He is no user of the site."""

    is_authenticated = True


class ApiAuthentication(BasicAuthentication):
    """A session in a browser does not count here, so nothing can be forged across sites."""

    def authenticate_credentials(self, userid: str, password: str, request: Request | None = None) -> tuple[Any, None]:
        network = network_of(request.META.get("REMOTE_ADDR", "")) if request is not None else ""
        if wait := BRAKE.wait(network):
            raise Braked(math.ceil(wait), "Too many wrong passwords came from your network.")
        right = _same(userid, settings.API_USER) & _same(password, str(settings.API_PASSWORD))
        if not (right and settings.API_PASSWORD):
            log.warning("api: wrong user or password, the %dth from %s", BRAKE.wrong(network), network or "nowhere")
            raise AuthenticationFailed
        return Script(), None

    def authenticate_header(self, request: Request) -> str:
        return REALM


def _same(given: str, wanted: str) -> bool:
    """In a time that tells nothing (`hmac.compare_digest`)."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())
