"""The site's settings under the names of Mailman Core's configuration file: sections and keys, as far as both have them.

Values are text, as in the file: yes and no, `3d`, words with a space between. Whoever reads them learns no password. What
Mailman's file says of its own inner works (classes, runners that we have not) is missing.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from delivery.archivers.table import ARCHIVERS
from delivery.services.queues import QUEUES
from suite.common import plugins
from suite.processes.table import PROCESSES

Section = dict[str, Any]

MASK = "***"
LOGGERS = (
    *("archiver", "bounce", "config", "database", "debug", "error", "fromusenet", "gunicorn", "http", "locks"),
    *("mischief", "plugins", "root", "runner", "smtp", "subscribe", "task", "vette"),
)
"""Those that Mailman has. We write all of them into one log."""


def section(name: str) -> dict[str, str] | None:
    """The keys of a section, in order; None where there is none of the name."""
    make = sections().get(name)
    return {key: written(value) for key, value in make().items()} if make else None


def written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return str(value)


def masked(url: str) -> str:
    """The URL without its password."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{MASK}@{host}"))


def secret(value: object) -> str:
    return MASK if value else ""


def days(number: float) -> str:
    return f"{number:g}d"


def _mailman() -> Section:
    return {
        "site_owner": settings.SITE_OWNER,
        "noreply_address": settings.DEFAULT_FROM_EMAIL,
        "default_language": settings.LANGUAGE_CODE,
        "sender_headers": settings.SENDER_HEADERS,
        "anonymous_list_keep_headers": settings.ANONYMOUS_KEEP_HEADERS,
        "email_commands_max_lines": settings.EMAIL_COMMANDS_MAX_LINES,
        "pending_request_life": days(settings.PENDING_REQUEST_DAYS),
        "moderator_request_life": days(settings.MODERATOR_REQUEST_DAYS),
        "dsn_lifetime": days(settings.KEEP_BOUNCE_DAYS),
        "cache_life": "7d",
        "run_tasks_every": "1h",
        "filtered_messages_are_preservable": settings.PRESERVE_FILTERED,
        "filter_report": settings.FILTER_REPORT,
        "listname_chars": settings.LISTNAME_CHARS,
        "hold_digest": settings.HOLD_DIGEST,
        "masthead_threshold": settings.MASTHEAD_THRESHOLD,
        "check_max_size_on_filtered_message": settings.MAX_SIZE_AFTER_FILTERING,
    }


def _mta() -> Section:
    relay = urlsplit(settings.RELAY_URL)
    secure = {"smtp": "smtp", "smtp+starttls": "starttls", "smtps": "smtps"}
    return {
        "incoming": settings.MTA or "none",
        "smtp_host": relay.hostname or "",
        "smtp_port": relay.port or "",
        "smtp_user": relay.username or "",
        "smtp_pass": secret(relay.password),
        "smtp_secure_mode": secure.get(relay.scheme, relay.scheme),
        "lmtp_host": settings.LMTP_HOST,
        "lmtp_port": settings.LMTP_PORT,
        "max_recipients": settings.SMTP_RECIPIENTS,
        "max_delivery_threads": settings.SMTP_SESSIONS,
        "delivery_retry_period": days(settings.DELIVERY_RETRY_DAYS),
        "max_autoresponses_per_day": settings.AUTORESPONSES_PER_DAY,
        "verp_confirmations": settings.VERP_CONFIRMATIONS,
        "verp_delivery_interval": settings.VERP_INTERVAL,
        "verp_personalized_deliveries": settings.VERP_PERSONALIZED,
        "verp_probes": settings.VERP_PROBES,
        "remove_dkim_headers": settings.REMOVE_DKIM_HEADERS,
    }


def _nntp() -> Section:
    server = urlsplit(settings.NNTP_URL)
    return {
        "host": server.hostname or "",
        "port": server.port or "",
        "user": server.username or "",
        "password": secret(server.password),
        "gatenews_every": f"{settings.NNTP_POLL_MINUTES:g}m",
    }


def database_url(database: dict[str, Any]) -> str:
    """Of an entry of settings.DATABASES, without its password."""
    user, host, port = (database.get(key) for key in ("USER", "HOST", "PORT"))
    scheme = database["ENGINE"].rpartition(".")[2]
    account = f"{user}:{MASK}@" if user else ""
    return f"{scheme}://{account}{host or ''}{f':{port}' if port else ''}/{database['NAME']}"


def _database() -> Section:
    database = settings.DATABASES["default"]
    return {"class": database["ENGINE"], "url": database_url(database), "debug": settings.DEBUG}


def _webservice() -> Section:
    base = urlsplit(settings.BASE_URL)
    return {
        "hostname": base.hostname or "",
        "port": base.port or (443 if base.scheme == "https" else 80),
        "use_https": base.scheme == "https",
        "show_tracebacks": settings.DEBUG,
        "api_version": "3.1",
        "admin_user": settings.API_USER,
        "admin_pass": secret(settings.API_PASSWORD),
        "workers": settings.WEB_WORKERS,
    }


def _archiver(name: str) -> Section:
    wanted: Section = {
        "enable": name in settings.ARCHIVERS,
        "clobber_date": settings.CLOBBER_DATE,
        "clobber_skew": days(settings.CLOBBER_SKEW_DAYS),
    }
    more = {
        "mhonarc": {"base_url": masked(settings.MHONARC_URL), "command": settings.MHONARC_COMMAND},
        "mail-archive": {"base_url": masked(settings.MAIL_ARCHIVE_URL), "recipient": settings.MAIL_ARCHIVE_ADDRESS},
    }
    return wanted | more.get(name, {})


def _runner(name: str) -> Section:
    """Queues are worked off by worker processes, of which there are as many as the site says, for all of them."""
    process = {"in": "work", "out": "send", "retry": "send", "virgin": "send", "archive": "archive"}.get(name, name)
    known = process in {one.name for one in PROCESSES}
    return {"class": process if known else "work", "instances": settings.Q_CLUSTER["workers"], "start": True}


def _plugin(one: plugins.Found) -> Section:
    kind = type(one.plugin)
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}" if one.plugin else "",
        "enabled": one.plugin is not None,
        "configuration": "",
        "component_package": one.package,
    }


def _language(description: str) -> Section:
    return {"description": description, "charset": "utf-8", "enabled": True}


def _logger(name: str) -> Section:
    logger = logging.getLogger("" if name == "root" else name)
    formats: Any = settings.LOGGING["formatters"]
    return {
        "level": logging.getLevelName(logger.getEffectiveLevel()).lower(),
        "format": formats["plain"]["format"],
        "path": "stderr",
        "propagate": logger.propagate,
    }


def sections() -> dict[str, Callable[[], Section]]:
    """Every section by its name, and what makes it."""
    return {
        "ARC": lambda: {
            "enabled": settings.ARC,
            "authserv_id": settings.AUTHSERV_ID,
            "trusted_authserv_ids": settings.TRUSTED_AUTHSERV_IDS,
        },
        "antispam": lambda: {
            "header_checks": settings.HEADER_CHECKS,
            "jump_chain": settings.HEADER_CHECKS_ACTION,
        },
        "bounces": lambda: {"register_bounces_every": "1h", "bounce_life": days(settings.BOUNCE_DAYS)},
        "database": _database,
        "devmode": lambda: {"enabled": bool(settings.DEVMODE_RECIPIENT), "recipient": settings.DEVMODE_RECIPIENT},
        "digests": lambda: {
            "mime_digest_keep_headers": settings.MIME_DIGEST_KEEP_HEADERS,
            "plain_digest_keep_headers": settings.PLAIN_DIGEST_KEEP_HEADERS,
        },
        "dmarc": lambda: {"resolver_timeout": f"{settings.DNS_TIMEOUT:g}s", "resolvers": settings.DNS_SERVERS},
        "mailman": _mailman,
        "mta": _mta,
        "nntp": _nntp,
        "paths.here": lambda: {"var_dir": settings.STATE, "archive_dir": settings.ARCHIVERS_FOLDER},
        "styles": lambda: {"default": settings.DEFAULT_STYLE},
        "webservice": _webservice,
        **{f"archiver.{name.replace('-', '_')}": partial(_archiver, name) for name in ARCHIVERS},
        **{f"language.{code}": partial(_language, name) for code, name in settings.LANGUAGES},
        **{f"logging.{name}": partial(_logger, name) for name in LOGGERS},
        **{f"plugin.{one.name}": partial(_plugin, one) for one in plugins.found()},
        **{f"runner.{name}": partial(_runner, name) for name in QUEUES},
    }
