"""A list's addresses as one POSIX extended regular expression, which matches nothing else."""

import re

from delivery.mta.book import Name
from lists.addressing import SUFFIXES

_SPECIAL = re.compile(r"[.^$*+?()\[\]{}|\\/]")
_ENDINGS = "|".join(SUFFIXES)


def escape(text: str) -> str:
    """`re.escape` puts backslashes where POSIX leaves their meaning open."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def pattern(name: Name) -> str:
    """Every one of the nine addresses, each with or without a detail behind `+`; its first group is the local part."""
    local, host = name
    return rf"^({escape(local)}(-({_ENDINGS}))?(\+.*)?)@{escape(host)}$"
