"""Signed links in notices, with which one moderator decides about one held post without signing in.

A token names the post and the moderator's membership, and has a MAC over purpose, list and both: it is worth nothing for another
post, list or person. It ends with the decision, with the membership, and when the post has expired.
"""

import base64
import binascii
import hashlib
import hmac

from django.conf import settings

from lists.models import MailingList

_PURPOSE = b"decide"
_MAC = 16  # octets
_NUMBER = 8


def decide_token(held_id: int, membership_id: int, list_id: str) -> str:
    """43 characters that are safe in a URL. No query."""
    numbers = held_id.to_bytes(_NUMBER, "big") + membership_id.to_bytes(_NUMBER, "big")
    mac = _mac(settings.KEY_RING.current("link").secret, numbers, list_id)
    return base64.urlsafe_b64encode(numbers + mac).rstrip(b"=").decode("ascii")


def read_decide_token(token: str, list_id: str) -> tuple[int, int] | None:
    """Held post and membership whose token of this list it is, by any key of the ring; None for a forged or foreign one."""
    try:
        octets = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    numbers, given = octets[: 2 * _NUMBER], octets[2 * _NUMBER :]
    expected = [_mac(secret, numbers, list_id) for secret in settings.KEY_RING.secrets("link")]
    genuine = [hmac.compare_digest(mac, given) for mac in expected]  # all of them: the same time for every token
    if not any(genuine):
        return None
    return int.from_bytes(numbers[:_NUMBER], "big"), int.from_bytes(numbers[_NUMBER:], "big")


def decide_url(mlist: MailingList, held_id: int, membership_id: int) -> str:
    """The page with the buttons; a GET shows it and changes nothing."""
    base = (mlist.domain.base_url or settings.BASE_URL).rstrip("/")
    return f"{base}/lists/{mlist.list_id}/held/link/{decide_token(held_id, membership_id, mlist.list_id)}/"


def _mac(secret: str, numbers: bytes, list_id: str) -> bytes:
    return hmac.digest(secret.encode(), b"\0".join((_PURPOSE, list_id.encode(), numbers)), hashlib.sha256)[:_MAC]
