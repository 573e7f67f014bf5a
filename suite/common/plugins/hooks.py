"""Asking the plugins: where they may deny, vouch and refuse. Only those are asked that have such a method of their own."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied

from suite.common.plugins.base import Plugin

log = logging.getLogger(__name__)

HOOKS = ("deny_join", "authenticate", "refuse_letter")
LINE = 400  # characters of a refusal; an LMTP reply has 512 octets (RFC 5321 §4.5.3.1.5)

UNKNOWN = "Whether this address may join cannot be found out at the moment. Please try again later."

Hook = Callable[..., str | None]
_hooked: dict[str, tuple[Hook, ...]] = {}


def connect(plugin: Plugin) -> None:
    for name in HOOKS:
        if getattr(type(plugin), name) is not getattr(Plugin, name):
            _hooked[name] = (*_hooked.get(name, ()), getattr(plugin, name))


def hooked(name: str) -> tuple[Hook, ...]:
    """Who is asked, in the plugins' order."""
    return _hooked.get(name, ())


def denial(mlist: Any, email: str, role: Any) -> str:
    """Why this address may not have this role on the list; empty where it may. While a plugin fails, nobody may."""
    for deny in hooked("deny_join"):
        try:
            why = deny(mlist, email, role)
        except Exception:
            log.exception("list=%s hook=%r failed", mlist.list_id, deny)
            return UNKNOWN
        if why:
            return why
    return ""


def vouched_for(request: Any, email: str, password: str) -> str:
    """The address that a plugin says is proved; empty where none does. PermissionDenied is passed on."""
    for authenticate in hooked("authenticate"):
        try:
            proved = authenticate(request, email, password)
        except PermissionDenied:
            raise
        except Exception:
            log.exception("hook=%r failed", authenticate)
            continue
        if proved:
            return proved
    return ""


def refusal(raw: bytes, sender: str, destination: Any) -> str:
    """Why this letter is not taken, as one line of ASCII; empty where it is. Never raises."""
    for refuse in hooked("refuse_letter"):
        try:
            why = refuse(raw, sender, destination)
        except Exception:
            log.exception("list=%s hook=%r failed", destination.list_id, refuse)
            continue
        if why:
            return _line(why)
    return ""


def _line(text: str) -> str:
    ascii_only = "".join(character if " " <= character <= "~" else "?" for character in " ".join(str(text).split()))
    return ascii_only[:LINE] or "Not taken"
