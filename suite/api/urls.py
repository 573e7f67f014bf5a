"""Every address of the REST API, below /api/3.1/ and /api/3.0/. Names are `api:noun`; a route has no slash at its end."""

from django.urls import include, path, re_path, register_converter

from suite.api import plugins, reserved, system
from suite.common.rest.errors import no_such_place


class VersionConverter:
    """The versions of Mailman's API. They differ in how UUIDs are spelled."""

    regex = r"3\.[01]"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(VersionConverter, "version")

_resources = [
    path("system", system.Versions.as_view(), name="system"),
    path("system/versions", system.Versions.as_view(), name="system-versions"),
    path("system/preferences", system.SystemPreferences.as_view(), name="system-preferences"),
    path("system/pipelines", system.Pipelines.as_view(), name="system-pipelines"),
    path("system/chains", system.Chains.as_view(), name="system-chains"),
    path("system/configuration", system.Configuration.as_view(), name="system-configuration"),
    path("system/configuration/<str:name>", system.Section.as_view(), name="system-section"),
    path("plugins", plugins.Plugins.as_view(), name="plugins"),
    path("plugins/<str:name>", plugins.OnePlugin.as_view(), name="plugin"),
    path("plugins/<str:name>/<path:rest>", plugins.PluginResource.as_view(), name="plugin-resource"),
    path("reserved/uids/orphans", reserved.Orphans.as_view(), name="reserved-orphans"),
    path("reserved/reset", reserved.Reset.as_view(), name="reserved-reset"),
    # From the top floor down: `lists/<list_id>/held/count` before what lists say of `lists/<list_id>/<role>/<email>`.
    path("", include("delivery.api.urls")),
    path("", include("moderation.api.urls")),
    path("", include("accounts.api.urls")),
    path("", include("lists.api.urls")),
]
urlpatterns = [
    path("<version:version>/", include(_resources)),
    re_path(r"^(?P<path>.*)$", no_such_place, name="nowhere"),
]
