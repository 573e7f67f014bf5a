"""Site settings of lists that cannot work."""

import re
from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.compatibility)
def check_list_names(**_: Any) -> list[checks.CheckMessage]:
    """POSTHOUSE_LISTNAME_CHARS is the inside of a character class."""
    try:
        re.compile(f"[{settings.LISTNAME_CHARS}]+")
    except re.error as error:
        hint = "Write characters and ranges, as in -_.0-9a-z."
        return [checks.Error(f"LISTNAME_CHARS names no set of characters: {error}", hint=hint, id="lists.E004")]
    return []
