"""Addresses as links (RFC 6068)."""

from urllib.parse import quote


def mailto(address: str, query: str = "") -> str:
    """`<mailto:dev-request@example.org?subject=help>`, as List-* fields have it (RFC 2369 §2)."""
    return f"<mailto:{quote(address, safe='@!$*+')}{query}>"
