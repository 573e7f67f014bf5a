"""Where the news server is: its address, its security, and who we are there."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings

Security = Literal["none", "starttls", "tls"]
_SCHEMES: dict[str, tuple[Security, int]] = {
    "nntp": ("none", 119),
    "nntp+starttls": ("starttls", 119),
    "nntps": ("tls", 563),
}
_WORD = re.compile(r"[^\x00-\x20\x7f]*")
_PASSWORD = re.compile(r"[^\x00\r\n]*")


@dataclass(frozen=True)
class NewsServer:
    """One server. `security`: "tls" from the first byte (RFC 8143), "starttls" demanded (RFC 4642), "none"."""

    host: str
    port: int
    security: Security = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str | None = None
    verify_certificate: bool = True
    connect_timeout: float = 10.0
    timeout: float = 30.0
    """Seconds for one answer, beside what its size adds."""

    def __post_init__(self) -> None:
        if not self.host or not _WORD.fullmatch(self.host):
            raise ValueError("a news server has a host name")
        if not _WORD.fullmatch(self.username) or not _PASSWORD.fullmatch(self.password):
            raise ValueError("no line ends in user name and password, and no spaces in the former")  # RFC 4643 §2.3

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @classmethod
    def from_url(cls, url: str) -> NewsServer:
        """Read `scheme://user:password@host:port?option=value`; user and password are percent-encoded.

        Schemes and their usual ports: nntp (119), nntp+starttls (119), nntps (563). Options: ca_file, verify_certificate (yes,
        no), connect_timeout and timeout (seconds). Raises ValueError, whose text never repeats the URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES:
            raise ValueError(f"a news server's URL starts with one of {', '.join(_SCHEMES)}")
        if parts.path not in ("", "/") or parts.fragment:
            raise ValueError("a news server's URL has no path")
        security, usual_port = _SCHEMES[parts.scheme]
        try:
            port = parts.port
        except ValueError:
            raise ValueError("a port is between 1 and 65535") from None
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        if unknown := options.keys() - {"ca_file", "verify_certificate", "connect_timeout", "timeout"}:
            raise ValueError(f"a news server's URL has no option {', '.join(sorted(unknown))}")
        return cls(
            host=parts.hostname or "",
            port=usual_port if port is None else port,
            security=security,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            ca_file=options.get("ca_file"),
            verify_certificate=options.get("verify_certificate", "yes").lower() not in ("no", "false", "0"),
            connect_timeout=float(options.get("connect_timeout", cls.connect_timeout)),
            timeout=float(options.get("timeout", cls.timeout)),
        )

    def tls_context(self) -> ssl.SSLContext:
        return _tls_context(self.verify_certificate, self.ca_file)


@lru_cache(maxsize=8)  # reading the system's authorities takes milliseconds
def _tls_context(verify_certificate: bool, ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not verify_certificate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def server() -> NewsServer | None:
    """The site's news server (settings.NNTP_URL); None where it has none, and nothing is done for newsgroups."""
    return NewsServer.from_url(settings.NNTP_URL) if settings.NNTP_URL else None


def posts_go_out() -> bool:
    """Whether posts go to newsgroups: not where all mail goes to the developer."""
    return bool(settings.NNTP_URL) and not settings.DEVMODE_RECIPIENT
