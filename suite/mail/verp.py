"""Variable envelope return paths: the recipient written into the bounce address, so that a bounce names him.

A signature may stand behind the recipient, `dev-bounces+ann=example.com+512a0123456789ab@example.org`: four hex digits of the
day the copy was made (days since 1970) and 48 bits of a MAC over day, bounce address and recipient. Letter case says nothing
anywhere. Whoever trusts a decoded address asks `is_genuine()` first: without the key anybody can write one.
"""

import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from suite.mail import addresses

_MARK = "-bounces+"
_SIGNATURE = re.compile(r"[0-9a-f]{16}", re.IGNORECASE)
_DAY = 4  # hex digits
_MAC = 12


@dataclass(frozen=True, slots=True)
class Verp:
    """The list's bounce address, and the recipient whose copy came back."""

    bounces: str
    recipient: str
    signature: str = ""


def encode(bounces_address: str, recipient: str, *, secret: bytes = b"", day: int = 0) -> str:
    """``dev-bounces+ann=example.com@example.org`` for ``dev-bounces@example.org`` and ``ann@example.com``.

    With a ``secret`` it is signed for that ``day``; one HMAC. Raises ValueError when the recipient is no address.
    """
    bounces_local, bounces_domain = addresses.split(bounces_address)
    local, domain = addresses.split(recipient)
    if not local or not domain:
        raise ValueError("not an address")
    domain = domain if domain.isascii() else addresses.wire_domain(recipient)
    named = f"{addresses.unquote_local(local)}={domain}"
    verp_local = f"{addresses.unquote_local(bounces_local)}+{named}"
    if secret:
        verp_local = f"{verp_local}+{_signature(secret, bounces_address, named, day)}"
    return f"{addresses.quote_local(verp_local)}@{bounces_domain}"


def decode(address: str) -> Verp | None:
    """The inverse of ``encode``; None when the address bears no recipient.

    The bounce address ends at its first ``-bounces+`` (at the first ``+`` when it has another name), the recipient's
    domain begins behind the last ``=``: a local part may hold both characters.
    """
    local, domain = addresses.split(address)
    local = addresses.unquote_local(local)
    mark = local.find(_MARK)
    plus = mark + len(_MARK) - 1 if mark >= 0 else local.find("+")
    unsigned, last, signature = local.rpartition("+")
    if last and _SIGNATURE.fullmatch(signature) and "=" in unsigned[plus + 1 :]:
        local = unsigned
    else:
        signature = ""
    recipient_local, equals, recipient_domain = local[plus + 1 :].rpartition("=")
    if plus < 1 or not equals or not recipient_local or not recipient_domain or not domain:
        return None
    recipient = f"{addresses.quote_local(recipient_local)}@{recipient_domain}"
    return Verp(f"{local[:plus]}@{domain}", recipient, signature)


def day_of(moment: datetime) -> int:
    """Days since 1970, as signatures count them."""
    return int(moment.timestamp() // 86_400)


def is_genuine(bounced: Verp, bounces_address: str, secrets: Iterable[bytes], days: range) -> bool:
    """Whether one of these keys has signed it for this bounce address on one of these days.

    The comparison takes the same time for every signature.
    """
    if not bounced.signature or int(bounced.signature[:_DAY], 16) not in days:
        return False
    local, domain = addresses.split(bounced.recipient)
    named, day = f"{addresses.unquote_local(local)}={domain}", int(bounced.signature[:_DAY], 16)
    expected = (_signature(secret, bounces_address, named, day) for secret in secrets)
    return sum(hmac.compare_digest(one, bounced.signature.lower()) for one in expected) > 0


def _signature(secret: bytes, bounces_address: str, named: str, day: int) -> str:
    mac = hmac.digest(secret, f"{day}\0{bounces_address}\0{named}".lower().encode("utf-8", "replace"), "sha256")
    return f"{day % 0x10000:0{_DAY}x}{mac.hex()[:_MAC]}"
