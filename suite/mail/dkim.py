"""DKIM-Signature fields, relaxed/relaxed (RFC 6376 §5, RFC 8463 §3)."""

import base64
from collections.abc import Iterable, Sequence

from suite.mail.canonical import Field, relaxed_field
from suite.mail.signing_keys import Signer

SIGNED = frozenset(
    [
        "from",
        "sender",
        "reply-to",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "author",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "content-id",
        "content-language",
        "auto-submitted",
        "precedence",
        "resent-from",
        "resent-sender",
        "resent-to",
        "resent-cc",
        "resent-date",
        "resent-message-id",
        "list-id",
        "list-help",
        "list-owner",
        "list-post",
        "list-subscribe",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-archive",
        "archived-at",
    ]
)
"""Fields that are signed where they stand (RFC 6376 §5.4.1); both fields of RFC 8058 are among them (§4 there)."""
OVERSIGNED = ("from", "to", "cc", "subject", "reply-to", "mime-version", "content-type", "list-unsubscribe")
"""Signed once more than they stand there, so that nobody adds one on the way (§8.15). Not Date and Message-ID, which an MTA
adds where they are missing."""

_LINE = 72


def names_to_sign(fields: Iterable[Field]) -> list[str]:
    """What `h=` lists for this header; empty without From, for such a letter cannot be signed (RFC 6376 §5.4)."""
    names = [name for name, _ in fields if name in SIGNED]
    return [*names, *OVERSIGNED] if "from" in names else []


def signature_field(signer: Signer, names: Sequence[str], canonical: bytes, body_hash: bytes, *, now: int) -> bytes:
    """The DKIM-Signature field with its CRLF.

    `canonical` is what `names` selects, in relaxed form; `body_hash` is SHA-256 of the relaxed body; `now` is seconds since
    1970.
    """
    field = (
        f"DKIM-Signature: v=1; a={signer.algorithm}; c=relaxed/relaxed; d={signer.domain};\r\n"
        f"\ts={signer.selector}; t={now};\r\n"
        f"\th={fold(names)};\r\n"
        f"\tbh={base64.b64encode(body_hash).decode()};\r\n"
        "\tb="
    ).encode()
    signature = signer.sign(canonical + relaxed_field(field).removesuffix(b"\r\n"))
    return field + folded_base64(signature) + b"\r\n"


def fold(names: Sequence[str]) -> str:
    """Names with colons between, in lines of 72 characters at most."""
    lines = [""]
    for name in names:
        if lines[-1] and len(lines[-1]) + len(name) > _LINE:
            lines.append("")
        lines[-1] += f"{name}:"
    return "\r\n\t ".join(lines).removesuffix(":")


def folded_base64(octets: bytes) -> bytes:
    text = base64.b64encode(octets)
    return b"\r\n\t ".join(text[start : start + _LINE] for start in range(0, len(text), _LINE))
