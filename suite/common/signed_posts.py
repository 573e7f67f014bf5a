"""Signing what is POSTed to others, as the Standard Webhooks specification (1.0.0) has it: its libraries verify it.

The signature covers id, time and body, so that nobody can make one up, change it, or bring it again much later.
"""

import base64
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
_OCTETS = 32
"""Of a key; the specification asks for 24 to 64."""


def new_secret() -> str:
    """A key nobody knows, as both sides write it down."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_OCTETS)).decode()


def fields(post_id: str, body: bytes, keys: Iterable[str], now: datetime) -> dict[str, str]:
    """The header fields of a POST. `post_id` stays the same when it is tried again; several keys may sign, while one ends."""
    stamp = f"{int(now.timestamp())}"
    signed = f"{post_id}.{stamp}.".encode() + body
    return {
        "webhook-id": post_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{_signature(key, signed)}" for key in keys),
    }


def _signature(key: str, signed: bytes) -> str:
    octets = base64.b64decode(key.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(octets, signed, "sha256")).decode()
