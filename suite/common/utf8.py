"""What comes is UTF-8, as browsers and scripts write it to a site that speaks it (RFC 8259 §8.1), whatever they call it."""

import re
from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_CHARSET = re.compile(r"\s*;\s*charset[^;=]*=[^;]*", re.IGNORECASE)


def utf8_alone(application: Application) -> Application:
    """WSGI: the `charset` of a request counts for nothing.

    Django would read the query in it before any middleware runs, and break at one that Python has and that is no text's, as hex.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["CONTENT_TYPE"] = _CHARSET.sub("", environ.get("CONTENT_TYPE", ""))
        return application(environ, start_response)

    return answer
