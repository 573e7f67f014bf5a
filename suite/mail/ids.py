"""Message-IDs (RFC 5322 §3.6.4). In this house an id never carries its angle brackets; who writes a field adds them."""

import base64
import hashlib
import re
import secrets
import time

from suite.mail import charsets, limits
from suite.mail.headers import HeaderBlock

_BRACKETED = re.compile(r"<([^<>]*)>")
_LITERAL = re.compile(r"\[([^\[\]]*@[^\[\]]*)\]")
_MADE = re.compile(r"[0-9a-f]{9,14}\.[0-9a-f]{24}")
_UNWANTED = re.compile(r"[\s\x00-\x1f\x7f]+")


def message_id(headers: HeaderBlock) -> str:
    """The letter's own id, empty when it has none. ``<[x@y]>`` is repaired, white space inside dropped."""
    value = headers.get("Message-ID")
    if not value:
        return ""
    text = charsets.to_text(value)
    found = _BRACKETED.search(text)
    return clean(found.group(1) if found else text)


def clean(text: str) -> str:
    """One id without brackets, white space and controls; cut off where no line could hold it (RFC 5322 §2.1.1)."""
    bare = _UNWANTED.sub("", text).strip("<>")
    repaired = _LITERAL.fullmatch(bare)
    identifier = repaired.group(1) if repaired else bare
    if len(identifier) * 4 <= limits.HEADER_LINE:
        return identifier
    return identifier.encode("utf-8", "replace")[: limits.HEADER_LINE].decode("utf-8", "ignore")


def make_message_id(domain: str) -> str:
    """A new id that nobody can guess; ``domain`` must be ours."""
    return f"{int(time.time() * 1000):x}.{secrets.token_hex(12)}@{domain}"


def is_made_here(identifier: str, domain: str) -> bool:
    """Whether `make_message_id` may have made it: nobody else writes such ids of this domain."""
    return _MADE.fullmatch(identifier.lower().removesuffix(f"@{domain.lower()}")) is not None


def id_hash(message_id: str) -> str:
    """Base32 of SHA-1 over the id without brackets: the value of Message-ID-Hash, the key of archive permalinks."""
    bare = message_id.strip().removeprefix("<").removesuffix(">")
    digest = hashlib.sha1(bare.encode("utf-8", "replace"), usedforsecurity=False).digest()
    return base64.b32encode(digest).decode("ascii")


def references(headers: HeaderBlock, limit: int = limits.REFERENCES) -> list[str]:
    """The ids of the letters before this one, oldest first; at most ``limit``, the newest kept.

    In-Reply-To counts only where References is missing or empty.
    """
    for field in ("References", "In-Reply-To"):
        ids = _ids(b" ".join(headers.get_all(field)))
        if ids:
            return ids[-limit:]
    return []


def _ids(value: bytes) -> list[str]:
    text = charsets.to_text(value)
    candidates = _BRACKETED.findall(text) or [word for word in text.split() if "@" in word]
    return [identifier for identifier in dict.fromkeys(map(clean, candidates)) if identifier]
