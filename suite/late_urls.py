"""URLs that are read in when somebody asks for them.

Django's include() imports at once, and whatever is reversed first looks through all that is included. So every process of a
site, which makes links for mails at least, would hold what only the web door serves.
"""

from typing import Any

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern


def late_include(route: str, module: str, namespace: str) -> URLResolver:
    """What `path(route, include((module, namespace)))` says. The module is imported by a request below the route, by reversing
    a name in the namespace, and by the check of URLs."""
    return LateResolver(RoutePattern(route), module, app_name=namespace, namespace=namespace)


class LateResolver(URLResolver):
    """No namespace can be below it."""

    namespace_dict: dict[str, Any] = {}

    def _populate(self) -> None:
        """Called when any name of the site is reversed. What it would gather, who includes a namespace does not read: reverse()
        gathers from `url_patterns` anew."""
