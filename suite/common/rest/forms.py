from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import ParseError
from rest_framework.parsers import FormParser

MOST = 100_000
"""Values of one form: everybody whom a script unsubscribes at once."""


class Form(FormParser):
    """A form of any number of values, where Django takes a thousand from browsers."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            pairs = parse_qsl(stream.read().decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST)
        except ValueError as error:
            raise ParseError from error
        found: MultiValueDict[str, str] = MultiValueDict()
        for name, value in pairs:
            found.appendlist(name, value)
        return found
