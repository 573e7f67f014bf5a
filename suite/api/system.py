"""/system: what runs here."""

import platform

from rest_framework.request import Request
from rest_framework.response import Response

from suite.common.rest.views import Resource
from suite.common.version import VERSION

LEVEL = "GNU Mailman 3.3.10 (compatible; Posthouse {version})"
"""Clients look at the first words to know what they may ask for."""


class Versions(Resource):
    def get(self, request: Request, version: str) -> Response:
        return self.found(
            {
                "mailman_version": LEVEL.format(version=VERSION),
                "python_version": platform.python_version(),
                "api_version": version,
                "self_link": self.link("system-versions"),
            }
        )
