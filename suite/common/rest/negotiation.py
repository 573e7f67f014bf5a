from collections.abc import Sequence
from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request


class AlwaysJson(BaseContentNegotiation):
    """Every answer is JSON, whatever the request would accept."""

    def select_parser(self, request: Request, parsers: Sequence[Any]) -> Any:
        """By the body's type; a body without type is taken for a form, as Mailman does."""
        wanted = (request.content_type or "application/x-www-form-urlencoded").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == wanted), None)

    def select_renderer(self, request: Request, renderers: Sequence[Any], format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
