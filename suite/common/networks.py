"""From where somebody comes: what shares a fate with an address."""

import ipaddress

_PREFIX = {4: 24, 6: 48}
"""What one customer of a provider easily has many addresses of."""


def network_of(ip: str) -> str:
    """`203.0.113.0/24` for `203.0.113.9`; empty for what is no address."""
    try:
        host = ipaddress.ip_address(ip)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((host, _PREFIX[host.version]), strict=False))
