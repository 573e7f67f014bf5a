"""Guessing is slowed, in the way in which it is where people sign in: allauth counts, in the cache that all web processes share.

The limit stands in settings.ACCOUNT_RATE_LIMITS. It is an address's own (IPv6: a /64), and an account's, so that nobody keeps
those out who come from elsewhere. What asks only reads; what counts is never to be called in a transaction that may be undone.
"""

import time

from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

APP, ACTION = "allauth.account", "api_login_failed"


def wait(request: HttpRequest, account: str) -> float:
    """Seconds until who comes from there for this account is heard again; 0 = at once. 1 query where the cache is a table."""
    now = time.time()
    waits = [0.0]
    for rate in ratelimit.get_rates(app=APP, action=ACTION):
        key = ratelimit.get_cache_key(request, app=APP, action=ACTION, rate=rate, key=_key(request, account))
        allowed, history = ratelimit.apply_rate(cache.get(key, []), now, rate, dry_run=True)
        if not allowed:
            waits.append(history[rate.amount - 1] + rate.duration - now)
    return max(waits)


def wrong(request: HttpRequest, account: str) -> bool:
    """Count a wrong password. False where it does not count any more, for as many others came at the same moment."""
    key = _key(request, account)
    return ratelimit.consume(request, app=APP, action=ACTION, key=key, limit_get=True) is not None


def _key(request: HttpRequest, account: str) -> str:
    try:
        return f"{ratelimit.get_ip(request)} {account}"
    except PermissionDenied:  # a socket of this host's own, which has no addresses
        return f"nowhere {account}"
