"""Who may use the API: the one account of POSTHOUSE_API_USER and POSTHOUSE_API_PASSWORD, by HTTP Basic (RFC 7617)."""

import hmac
from typing import Any

from django.conf import settings
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from suite.common.rest.errors import REALM

ACTOR = "api"
"""Whose deeds these are in the audit trail."""


class Script:
    """Whoever holds the password. He is no user of the site."""

    is_authenticated = True


class ApiAuthentication(BasicAuthentication):
    """A session in a browser does not count here, so nothing can be forged across sites."""

    def authenticate_credentials(self, userid: str, password: str, request: Request | None = None) -> tuple[Any, None]:
        right = _same(userid, settings.API_USER) & _same(password, str(settings.API_PASSWORD))
        if not (right and settings.API_PASSWORD):
            raise AuthenticationFailed
        return Script(), None

    def authenticate_header(self, request: Request) -> str:
        return REALM


def _same(given: str, wanted: str) -> bool:
    """In a time that tells nothing (`hmac.compare_digest`)."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())
