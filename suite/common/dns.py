"""DNS for everybody: TXT records over one resolver, with time-outs and a cache that keeps answers for their TTL.

Never called inside a transaction. Tests set settings.DNS_SERVERS to a server of their own (tests/support/dns.py).
"""

from functools import lru_cache

import dns.exception
import dns.name
import dns.resolver
from django.conf import settings

from suite.common.errors import SuiteError

_CACHED = 10_000
"""Answers kept in a process, for their TTL at most; that there is none is an answer, too."""


class DnsTrouble(SuiteError):
    """No server has answered in time, or those that did had trouble of their own: asking later may help."""

    code, http_status, reply, temporary = "dns-trouble", 503, "451 4.4.3", True


def txt(name: str) -> list[bytes]:
    """The TXT records of this name, the strings of each joined; CNAMEs are followed. Empty where there is none.

    Raises DnsTrouble.
    """
    try:
        answer = _resolver(tuple(settings.DNS_SERVERS), settings.DNS_TIMEOUT).resolve(name, "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape, UnicodeError):
        return []  # no name that DNS could know
    except (dns.exception.DNSException, OSError) as error:
        raise DnsTrouble(f"DNS does not answer for {name}: {error}") from error
    return [b"".join(record.strings) for record in answer]


def exists(name: str) -> bool:
    """Whether DNS knows the name at all, with whatever records (RFC 8020). Raises DnsTrouble."""
    try:
        _resolver(tuple(settings.DNS_SERVERS), settings.DNS_TIMEOUT).resolve(
            name, "TXT", search=False, raise_on_no_answer=False
        )
    except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, UnicodeError):
        return False
    except (dns.exception.DNSException, OSError) as error:
        raise DnsTrouble(f"DNS does not answer for {name}: {error}") from error
    return True


def forget() -> None:
    """Drop all cached answers."""
    _resolver.cache_clear()


@lru_cache(maxsize=4)
def _resolver(servers: tuple[str, ...], seconds: float) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=not servers)
    if servers:
        resolver.nameservers = [_address(server)[0] for server in servers]
        resolver.nameserver_ports = dict(map(_address, servers))
    resolver.timeout = min(3.0, seconds)  # of one try; `lifetime` of all
    resolver.lifetime = seconds
    resolver.cache = dns.resolver.LRUCache(_CACHED)
    return resolver


def _address(server: str) -> tuple[str, int]:
    """`192.0.2.1`, `192.0.2.1:5353`, `::1` or `[::1]:5353`."""
    host, colon, port = server.rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.startswith("[")):
        return host.strip("[]"), int(port)
    return server.strip("[]"), 53
