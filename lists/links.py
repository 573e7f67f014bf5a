"""Signed links in mail, that act without sign-in. What they may do is little: leave one list.

A token is a membership's number and a MAC over purpose, list and membership, so it is worth nothing elsewhere. It does not
expire: mail is read after years, and RFC 8058 wants the link to work. Used again it finds nobody left to leave.
"""

import base64
import binascii
import hashlib
import hmac

from django.conf import settings

from lists.models import MailingList

_PURPOSE = b"unsubscribe"
_MAC = 16  # octets
_NUMBER = 8


def unsubscribe_token(membership_id: int, list_id: str) -> str:
    """32 characters that are safe in a URL. One HMAC and no query: it is made for each personal copy."""
    number = membership_id.to_bytes(_NUMBER, "big")
    mac = _mac(settings.KEY_RING.current("link").secret, number, list_id)
    return base64.urlsafe_b64encode(number + mac).decode("ascii")


def read_unsubscribe_token(token: str, list_id: str) -> int | None:
    """The membership whose token of this list it is, which may be gone by now; None for a forged or foreign token.

    Every key of the ring verifies, so links outlive a rotation. The comparison takes the same time for every token.
    """
    try:
        octets = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    number, given = octets[:_NUMBER], octets[_NUMBER:]
    expected = [_mac(secret, number, list_id) for secret in settings.KEY_RING.secrets("link")]
    genuine = [hmac.compare_digest(mac, given) for mac in expected]
    return int.from_bytes(number, "big") if any(genuine) else None


def unsubscribe_url(membership_id: int, list_id: str, base_url: str = "") -> str:
    """Where a POST leaves the list at once and a GET shows a button (RFC 8058 §3.1). `base_url` is the domain's own, if any."""
    base = (base_url or settings.BASE_URL).rstrip("/")
    return f"{base}/lists/{list_id}/unsubscribe/{unsubscribe_token(membership_id, list_id)}/"


def works_in_one_click(mlist: MailingList) -> bool:
    """Whether its links may be called one-click (RFC 8058 §3.1 wants https, and providers post to nothing else)."""
    return (mlist.domain.base_url or settings.BASE_URL).startswith("https://")


def request_url(mlist: MailingList, token: str) -> str:
    """The page where whoever was asked confirms, or says that it was not him; a GET shows it and changes nothing."""
    base = (mlist.domain.base_url or settings.BASE_URL).rstrip("/")
    return f"{base}/lists/{mlist.list_id}/confirm/{token}/"


def resume_url(mlist: MailingList, token: str) -> str:
    """The page where one button switches a member's mail on again; a GET changes nothing."""
    base = (mlist.domain.base_url or settings.BASE_URL).rstrip("/")
    return f"{base}/lists/{mlist.list_id}/resume/{token}/"


def _mac(secret: str, number: bytes, list_id: str) -> bytes:
    message = b"\0".join((_PURPOSE, list_id.encode(), number))
    return hmac.digest(secret.encode(), message, hashlib.sha256)[:_MAC]
