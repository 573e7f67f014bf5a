"""What some tests need from the machine, and the marks that say so.

    @requires_postfix
    def test_post_travels_through_postfix(): ...

tests/support/skips.py skips such a test, with the sentence below, where the thing is missing; with POSTHOUSE_NO_SKIPS=1
that is a failure.
"""

import importlib.util
import os
import pwd
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

requires_postfix = pytest.mark.postfix
requires_exim = pytest.mark.exim
requires_opensmtpd = pytest.mark.opensmtpd
requires_fetchmail = pytest.mark.fetchmail
requires_chromium = pytest.mark.chromium
requires_redis = pytest.mark.redis
requires_postgresql = pytest.mark.postgresql
requires_spamd = pytest.mark.spamd
requires_rspamd = pytest.mark.rspamd

on_sqlite = pytest.mark.on_sqlite
on_postgresql = pytest.mark.on_postgresql
needs_corpora = pytest.mark.corpora


def program(*names: str, places: tuple[str, ...] = ("/usr/sbin", "/usr/bin")) -> str | None:
    """The path of the first program of these names, also where PATH has no system folders."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *places])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def postgresql_programs() -> Path | None:
    """The folder of initdb and pg_ctl, the newest where there are several."""
    folders = [str(path) for path in Path("/usr/lib/postgresql").glob("*/bin")]
    folders.sort(key=lambda folder: int(Path(folder).parent.name), reverse=True)
    found = program("initdb", places=tuple(folders))
    return Path(found).resolve().parent if found else None


def _postfix() -> str | None:
    if program("postfix") is None:
        return "Postfix is not installed (Debian's package postfix)"
    return None if os.geteuid() == 0 else "only root can start a Postfix of its own"


def _exim() -> str | None:
    if program("exim4", "exim") is None:
        return "Exim is not installed (Debian's package exim4-daemon-light; it takes Postfix's place)"
    if not any(user.pw_name == "Debian-exim" for user in pwd.getpwall()):
        return "Exim has no user Debian-exim to run as"
    return None if os.geteuid() == 0 else "only root can start an Exim of its own"


def _opensmtpd() -> str | None:
    return (
        None
        if program("smtpd")
        else "OpenSMTPD is not installed (Debian's package opensmtpd; it takes Postfix's place)"
    )


def _fetchmail() -> str | None:
    return None if program("fetchmail") else "fetchmail is not installed (Debian's package fetchmail)"


def _chromium() -> str | None:
    if program("chromium", "chromium-browser") is None:
        return "Chromium is not installed (Debian's package chromium)"
    return None if importlib.util.find_spec("playwright") else "playwright is not installed (requirements-dev.lock)"


def _redis() -> str | None:
    return None if program("redis-server") else "Redis is not installed (Debian's package redis-server)"


def _spamd() -> str | None:
    return None if program("spamd") else "SpamAssassin's daemon is not installed (Debian's package spamd)"


def _rspamd() -> str | None:
    return None if program("rspamd") else "rspamd is not installed (Debian's package rspamd)"


def _postgresql() -> str | None:
    return None if postgresql_programs() else "PostgreSQL is not installed (Debian's package postgresql)"


MISSING: dict[str, Callable[[], str | None]] = {
    "postfix": cache(_postfix),
    "exim": cache(_exim),
    "opensmtpd": cache(_opensmtpd),
    "fetchmail": cache(_fetchmail),
    "chromium": cache(_chromium),
    "redis": cache(_redis),
    "postgresql": cache(_postgresql),
    "spamd": cache(_spamd),
    "rspamd": cache(_rspamd),
}
"""Mark to the reason why tests with that mark cannot run here, or None when they can."""
