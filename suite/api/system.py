"""/system: what runs here, and by which names its parts go."""

import platform

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import system_preferences
from delivery.pipelines import PIPELINES
from moderation.chains import CHAINS
from suite.api.configuration import section, sections
from suite.common.rest.errors import NotFound
from suite.common.rest.parameters import read
from suite.common.rest.views import Resource
from suite.common.version import VERSION

LEVEL = "GNU Mailman 3.3.10 (compatible; Posthouse {version})"
"""Clients look at the first words to know what they may ask for."""


class Versions(Resource):
    def get(self, request: Request, version: str) -> Response:
        read(request, {})
        return self.found(
            {
                "mailman_version": LEVEL.format(version=VERSION),
                "python_version": platform.python_version(),
                "api_version": version,
                "self_link": self.link("system-versions"),
            }
        )


class SystemPreferences(Resource):
    """What holds where nobody said anything. It cannot be changed here."""

    def get(self, request: Request, version: str) -> Response:
        read(request, {})
        return self.found(system_preferences(), self_link=self.link("system-preferences"))


class Pipelines(Resource):
    def get(self, request: Request, version: str) -> Response:
        read(request, {})
        return self.found({"pipelines": sorted(PIPELINES), "self_link": self.link("system-pipelines")})


class Chains(Resource):
    def get(self, request: Request, version: str) -> Response:
        read(request, {})
        return self.found({"chains": sorted(CHAINS), "self_link": self.link("system-chains")})


class Configuration(Resource):
    def get(self, request: Request, version: str) -> Response:
        read(request, {})
        return self.found({"sections": sorted(sections()), "self_link": self.link("system-configuration")})


class Section(Resource):
    def get(self, request: Request, version: str, name: str) -> Response:
        values = section(name)
        if values is None:
            raise NotFound("")
        read(request, {})
        return self.found({**values, "self_link": self.link("system-section", name)})
