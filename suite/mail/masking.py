"""Mail addresses as outsiders see them: `bart@example.com` becomes `bart@…`, everywhere, in quotes and signatures, too."""

import re

MASK = "…"
# From the sign on, so that time grows with the text only. A sign that follows nothing, as in "/@name", begins no domain.
_DOMAIN = re.compile(r"(?<=[^\s<>(\[,;:/@])(@|＠|﹫|%40)(?=[\w\[])[\w.-]*(?:\[[^\]\s]{0,60}\])?", re.IGNORECASE)
_OCTETS = re.compile(rb"(?<=[^\s<>(\[,;:/@])(@|%40)[\w\x80-\xff][\w.\x80-\xff-]*", re.IGNORECASE)


def mask(text: str) -> str:
    """The text without the domain of any address in it."""
    return _DOMAIN.sub(r"\1" + MASK, text)


def mask_octets(text: bytes) -> bytes:
    """The same for text in whatever charset extends ASCII."""
    return _OCTETS.sub(rb"\1...", text)
