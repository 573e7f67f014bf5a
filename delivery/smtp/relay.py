"""Where mail is handed over: the address, the security and the patience that belong to one MTA."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait for one reply (RFC 5321 §4.5.3.2). The RFC asks for no less than these."""

    greeting: float = 300.0
    command: float = 300.0  # EHLO, AUTH, MAIL, RCPT, RSET
    data: float = 120.0  # the reply to DATA
    block: float = 180.0  # for a write of ours, beside what its size adds
    rate: float = 1000.0  # octets a second, the slowest that a relay may take a mail
    dot: float = 600.0  # the reply to the final dot: not shorter, or mail is delivered twice (RFC 1047)


@dataclass(frozen=True)
class Relay:
    """One MTA that takes our mail.

    `security`: "tls" from the first byte (RFC 8314), "starttls" demanded (RFC 3207; never given up silently), "none".
    `verify_hostname` counts only while certificates are verified. `ca_file` replaces the system's authorities.
    `local_hostname` is what EHLO says; empty: this machine's name, or its address as a literal.
    `pipelining=False` keeps to lock-step with relays that only claim to know PIPELINING.
    """

    host: str
    port: int = 25
    security: Security = "none"
    verify_certificate: bool = True
    verify_hostname: bool = True
    ca_file: str | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    local_hostname: str = ""
    source_address: str | None = None
    connect_timeout: float = 30.0
    timeouts: Timeouts = Timeouts()
    pipelining: bool = True
    lmtp: bool = False

    def __post_init__(self) -> None:
        if self.security not in get_args(Security):
            raise ValueError(f"security is one of {', '.join(get_args(Security))}")
        if not 0 < self.port < 65536:
            raise ValueError("a port is between 1 and 65535")
        if not _is_word(self.host) or (self.local_hostname and not _is_word(self.local_hostname)):
            raise ValueError("a host name has neither spaces nor control characters, and is not empty")
        if "\0" in self.username + self.password:
            raise ValueError("no NUL in user name and password")  # RFC 4616 §2

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @classmethod
    def from_url(cls, url: str) -> Relay:
        """Read `scheme://user:password@host:port?option=value&...`; user and password are percent-encoded.

        Schemes and their usual ports: smtp (25), smtp+starttls (587), smtps (465), lmtp (24).
        Options: verify_certificate, verify_hostname, pipelining (yes, no), ca_file, local_hostname, source_address,
        connect_timeout, greeting_timeout (seconds). Raises ValueError, whose text never repeats the URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES:
            raise ValueError(f"a relay's URL starts with one of {', '.join(_SCHEMES)}")
        try:
            port = parts.port
        except ValueError:
            raise ValueError("a port is between 1 and 65535") from None
        if parts.path not in ("", "/") or parts.fragment:
            raise ValueError("a relay's URL has no path")
        security, usual_port, lmtp = _SCHEMES[parts.scheme]
        return cls(
            host=parts.hostname or "",
            port=usual_port if port is None else port,
            security=security,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            lmtp=lmtp,
            **dict(_option(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True)),
        )

    def tls_context(self) -> ssl.SSLContext:
        return _tls_context(self.verify_certificate, self.verify_hostname, self.ca_file)


_SCHEMES: dict[str, tuple[Security, int, bool]] = {
    "smtp": ("none", 25, False),
    "smtp+starttls": ("starttls", 587, False),
    "smtps": ("tls", 465, False),
    "lmtp": ("none", 24, True),
}


def _yes_or_no(value: str) -> bool:
    try:
        return {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}[value.lower()]
    except KeyError:
        raise ValueError("yes or no") from None


_OPTIONS: dict[str, Callable[[str], Any]] = {
    "verify_certificate": _yes_or_no,
    "verify_hostname": _yes_or_no,
    "pipelining": _yes_or_no,
    "ca_file": str,
    "local_hostname": str,
    "source_address": str,
    "connect_timeout": float,
    "greeting_timeout": lambda value: Timeouts(greeting=float(value)),
}
_FIELDS = {"greeting_timeout": "timeouts"}
"""Where an option is not called as its field."""


def without_password(url: str) -> tuple[str, str]:
    """A relay's URL without the password, and that. Raises ValueError, whose text never repeats the URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("this is no URL") from None
    user, at, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    return urlunsplit(parts._replace(netloc=f"{name}{at}{host}")), unquote(password)


def _option(name: str, value: str) -> tuple[str, Any]:
    if name not in _OPTIONS:
        raise ValueError(f"{name!r} is no option of a relay's URL; these are: {', '.join(_OPTIONS)}")
    try:
        return _FIELDS.get(name, name), _OPTIONS[name](value)
    except ValueError as error:
        raise ValueError(f"{name} of a relay's URL: {error}") from None


def _is_word(text: str) -> bool:
    return text.isprintable() and bool(text) and " " not in text


@lru_cache(maxsize=32)  # reading the system's authorities takes milliseconds
def _tls_context(verify_certificate: bool, verify_hostname: bool, ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    # Python's own default, which Debian's build leaves to OpenSSL's configuration.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = verify_certificate and verify_hostname
    if not verify_certificate:
        context.verify_mode = ssl.CERT_NONE
    return context
