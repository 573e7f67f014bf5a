"""/plugins: what is installed, and the resources that plugins bring."""

from typing import Any

from django.urls import Resolver404, URLResolver
from django.urls.resolvers import RegexPattern
from rest_framework.request import Request
from rest_framework.response import Response

from suite.api.configuration import section
from suite.common import plugins
from suite.common.rest.errors import NotFound
from suite.common.rest.parameters import read
from suite.common.rest.views import Answer, Resource


class InstalledResource(Resource):
    def describe(self, one: plugins.Found) -> Answer:
        known = section(f"plugin.{one.name}") or {}
        return {
            "name": one.name,
            "class": known["class"],
            "enabled": one.plugin is not None,
            "configuration": known["configuration"],
            "self_link": self.link("plugin", one.name),
        }


class Plugins(InstalledResource):
    def get(self, request: Request, version: str) -> Response:
        read(request, {}, paged=True)
        return self.collection(plugins.found(), self.describe)


class OnePlugin(InstalledResource):
    def get(self, request: Request, version: str, name: str) -> Response:
        one = next((one for one in plugins.found() if one.name == name), None)
        if one is None:
            raise NotFound("")
        read(request, {})
        return self.found(self.describe(one))


class PluginResource(Resource):
    """Whatever a plugin answers with below its name (`Plugin.api`), to whoever has shown the API's password."""

    def answer(self, request: Request, version: str, name: str, rest: str) -> Any:
        plugin = plugins.active(name)
        routes: Any = list(plugin.api) if plugin else []
        try:
            match = URLResolver(RegexPattern(r"^"), routes).resolve(rest)
        except Resolver404:
            raise NotFound("") from None
        return match.func(request._request, *match.args, version=version, **match.kwargs)

    get = post = put = patch = delete = answer
