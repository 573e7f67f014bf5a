"""Tag lists, `v=1; a=rsa-sha256`, as DKIM's fields and records have them (RFC 6376 §3.2)."""

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def tag_list(value: bytes) -> dict[str, str] | None:
    """Tag to value, white space around both gone; None where the list is malformed, or names a tag twice."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return None
    tags: dict[str, str] = {}
    specs = text.split(";")
    if not specs[-1].strip():
        specs.pop()
    for spec in specs:
        name, equals, content = spec.partition("=")
        name = name.strip()
        if not equals or not _NAME.fullmatch(name) or name in tags:
            return None
        tags[name] = content.strip()
    return tags
