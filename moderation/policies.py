"""DMARC policies of the domains that a run's letters come from: one question a name and TTL, and an end to patience.

Asks DNS, so it is never called inside a transaction.
"""

import logging
import time
from collections.abc import Iterable, Mapping

from suite.common import dns
from suite.mail import dmarc
from suite.mail.dmarc import Policy

log = logging.getLogger(__name__)

PATIENCE = 8.0
"""Seconds of DNS for all domains of a run, and one answer more; what is not known by then counts as trouble."""
REST = 60.0
"""Seconds for which a name that DNS had trouble with is not asked about again."""

_resting: dict[str, float] = {}


def of(domains: Iterable[str]) -> Mapping[str, Policy]:
    """The policy of each domain (A-labels, lower case)."""
    deadline = time.monotonic() + PATIENCE
    return {domain: _policy(domain, deadline) for domain in dict.fromkeys(domains)}


def forget() -> None:
    """Ask again about names that DNS had trouble with."""
    _resting.clear()


def _policy(domain: str, deadline: float) -> Policy:
    if not domain or domain.startswith("["):
        return Policy(domain)
    return dmarc.policy(domain, lambda name: _texts(name, deadline), _exists)


def _texts(name: str, deadline: float) -> list[bytes] | None:
    now = time.monotonic()
    if _resting.get(name, 0) > now:
        return None
    if now > deadline:
        log.warning("name=%s was not asked for: DNS has taken %g s already", name, PATIENCE)
        return None
    try:
        return dns.txt(name)
    except dns.DnsTrouble as error:
        log.warning("name=%s %s", name, error)
        if len(_resting) > 10_000:
            _resting.clear()
        _resting[name] = time.monotonic() + REST
        return None


def _exists(domain: str) -> bool:
    """In doubt it exists: then the policy of its organisation for subdomains holds."""
    try:
        return dns.exists(domain)
    except dns.DnsTrouble:
        return True
