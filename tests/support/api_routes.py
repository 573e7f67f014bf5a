"""Every route of the REST API, for tests that walk all of them."""

import re
import sys
from collections.abc import Iterator, Mapping

from django.urls import URLPattern, URLResolver, get_resolver

from suite.common.rest.parameters import Parameter

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BEGIN = "<version:version>/"


def routes() -> list[tuple[str, URLPattern]]:
    """Each below the version, with its pattern."""
    [api] = [each for each in get_resolver().url_patterns if isinstance(each, URLResolver) and each.namespace == "api"]
    found = [(path, pattern) for path, pattern in _below(api) if path.startswith(BEGIN)]
    return [(path.removeprefix(BEGIN), pattern) for path, pattern in found]


def _below(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, pattern
        else:
            yield from _below(pattern, path)


def filled(path: str, arguments: Mapping[str, str], other: str = "nothing") -> str:
    """The route with these in the place of its arguments, which are named with their kind, as `int:number`."""
    return re.sub("<(.+?)>", lambda found: arguments.get(found[1], other), path)


def verbs(pattern: URLPattern) -> list[str]:
    view = _view(pattern)
    return [verb for verb in VERBS if hasattr(view, verb.lower())]


def names(pattern: URLPattern) -> list[str]:
    """What requests to this route and its neighbours may say."""
    tables = [value for value in vars(sys.modules[_view(pattern).__module__]).values() if isinstance(value, dict)]
    return sorted({name for table in tables for name, each in table.items() if isinstance(each, Parameter)})


def _view(pattern: URLPattern) -> type:
    view: type = pattern.callback.cls  # type: ignore[attr-defined]  # DRF's
    return view
