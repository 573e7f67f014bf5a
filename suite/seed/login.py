"""The log-in of a demo site's superuser: made once, and kept for who runs the site to read (mode 600)."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Login:
    email: str
    password: str


def place() -> Path:
    return Path(settings.STATE) / "demo-login.txt"


def make(email: str) -> Login:
    """A log-in with a random password, written down before anybody can use it."""
    login = Login(email, secrets.token_urlsafe(12))
    with os.fdopen(os.open(place(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(f"{login.email}\n{login.password}\n")
    return login


def known() -> Login | None:
    """What was written down, or None where nothing was."""
    try:
        email, password = place().read_text().split()
    except (OSError, ValueError):
        return None
    return Login(email, password)
