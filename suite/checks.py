"""System checks of how a site is put together: `manage.py check --deploy --database default`, and before `manage.py up`.

E: mail could be lost, or counting be fooled; `up` does not start. W: it works, but not as well as it could.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from delivery.pipelines import PIPELINES
from lists.models import MailingList
from moderation.chains import CHAINS
from suite import plugging
from suite.common.early import rows_if_made
from suite.mail.addresses import parse_mailboxes

SUITE = "suite"
WITHOUT_PAGES = ("caches", "commands", "compatibility", "delivery", "models", "moderation", "plugins", SUITE)
"""Tags of what concerns a process that shows nobody a page. That of URLs would read in the API, which is the web door's alone."""
SQLITE_FULL = 2
LOCAL_CACHES = ("locmem.LocMemCache", "dummy.DummyCache")


@register(Tags.database)
def check_durability(databases: Sequence[str] | None, **_: Any) -> list[CheckMessage]:
    """What is answered 250 must be on the disk."""
    if "default" not in (databases or ()):
        return []
    connection = connections["default"]
    return {"postgresql": _postgresql, "sqlite": _sqlite}[connection.vendor](connection)


def _postgresql(connection: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    with connection.cursor() as cursor:
        for id_, name in (("posthouse.E001", "fsync"), ("posthouse.E002", "synchronous_commit")):
            cursor.execute(f"SHOW {name}")
            value = cursor.fetchone()[0]
            if value == "off":
                found.append(
                    Error(
                        f"PostgreSQL runs with {name} = off: mail that was accepted is lost when it crashes.",
                        hint=f"Set {name} = on in postgresql.conf.",
                        id=id_,
                    )
                )
    return [*found, *_letters_of_all_scripts(connection)]


def _letters_of_all_scripts(connection: Any) -> Iterator[CheckMessage]:
    """A name in any script can be kept, and found in any letter case (suite.common.collation)."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        encoding = cursor.fetchone()[0]
        if encoding != "UTF8":
            yield Error(
                f"The PostgreSQL database has the encoding {encoding}: mail with letters that it has none of cannot be kept.",
                hint="Make a database with ENCODING 'UTF8' TEMPLATE template0, and bring over what this one holds.",
                id="posthouse.E014",
            )
            return
        cursor.execute("SELECT lower(%s) = %s", ["ÉЯ", "éя"])
        if not cursor.fetchone()[0]:
            yield Warning(
                "The PostgreSQL database knows capitals of English alone: people are not found by names in other letters.",
                hint="Make a database with LC_CTYPE 'C.UTF-8', or another locale that ends in UTF-8, and bring over what this "
                "one holds.",
                id="posthouse.W015",
            )


def _sqlite(connection: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        if cursor.fetchone()[0] < SQLITE_FULL:
            found.append(
                Error(
                    "SQLite runs with synchronous below FULL: mail that was accepted is lost in a power cut.",
                    hint="Keep `PRAGMA synchronous=FULL` in DATABASES.",
                    id="posthouse.E003",
                )
            )
        cursor.execute("PRAGMA journal_mode")
        if cursor.fetchone()[0] not in ("wal", "memory"):
            found.append(
                Error(
                    "SQLite runs without a write-ahead log: whoever reads waits for whoever writes.",
                    hint="Keep the file on a local disk, and `PRAGMA journal_mode=WAL` in DATABASES.",
                    id="posthouse.E004",
                )
            )
    return found


@register(SUITE)
def check_shared_cache(**_: Any) -> list[CheckMessage]:
    """Failed sign-ins are counted in the cache."""
    if settings.WEB_WORKERS > 1 and settings.CACHES["default"]["BACKEND"].endswith(LOCAL_CACHES):
        return [
            Error(
                "Several web workers, each with a cache of its own: limits on sign-in are not kept.",
                hint="Use the database cache or Redis, or set POSTHOUSE_WEB_WORKERS to 1.",
                id="posthouse.E005",
            )
        ]
    return []


@register(SUITE)
def check_task_times(**_: Any) -> list[CheckMessage]:
    """A task that is handed out again while it runs is done twice."""
    cluster = settings.Q_CLUSTER
    if cluster["retry"] <= (cluster["queue_limit"] + 1) * cluster["timeout"]:
        return [
            Error(
                "Tasks are handed out again before they can have ended.",
                hint="In Q_CLUSTER, retry must exceed (queue_limit + 1) * timeout.",
                id="posthouse.E006",
            )
        ]
    return []


@register(SUITE)
def check_pool(**_: Any) -> list[CheckMessage]:
    """`manage.py up` forks task clusters, which no pool survives."""
    if "pool" in settings.DATABASES["default"].get("OPTIONS", {}):
        return [
            Warning(
                "A connection pool is set. It is for web and LMTP processes of their own only.",
                hint="Unset POSTHOUSE_DATABASE_POOL where `manage.py up` or `manage.py work` run.",
                id="posthouse.W007",
            )
        ]
    return []


@register(SUITE)
def check_base_url(**_: Any) -> list[CheckMessage]:
    if not settings.BASE_URL.startswith(("http://", "https://")):
        return [
            Error(
                "POSTHOUSE_BASE_URL must begin with http:// or https://: links in mail begin with it.",
                id="posthouse.E008",
            )
        ]
    return []


@register(SUITE)
def check_site_owner(**_: Any) -> list[CheckMessage]:
    """Who is told of failures; what reads `Anne <anne@example.org>` would be told nothing."""
    if [box.address for box in parse_mailboxes(settings.SITE_OWNER)] != [settings.SITE_OWNER]:
        return [
            Error(
                "POSTHOUSE_SITE_OWNER must be one address, without a name: notices of failures go there.",
                id="posthouse.E009",
            )
        ]
    return []


@register("plugins")
def check_plugins(**_: Any) -> Iterator[CheckMessage]:
    """Warnings all of them: a plugin that is left out, or a line, stops nobody's mail."""
    left_out, lines = plugging.sentences()
    for sentence in left_out:
        yield Warning(sentence, hint="`manage.py plugins` shows them all.", id="posthouse.W010")
    for sentence in lines:
        yield Warning(sentence, hint="`manage.py plugins --all` shows what there is.", id="posthouse.W011")


@register(Tags.database)
def check_chosen_names(databases: Sequence[str] | None, **_: Any) -> Iterator[CheckMessage]:
    """Chains and pipelines that lists have chosen, and that are gone: the default ones work in their place."""
    if "default" not in (databases or ()):
        return
    for name, table in (
        ("posting_chain", CHAINS),
        ("owner_chain", CHAINS),
        ("posting_pipeline", PIPELINES),
        ("owner_pipeline", PIPELINES),
    ):
        gone = MailingList.objects.exclude(**{f"{name}__in": list(table)}).select_related("domain")
        for mlist in rows_if_made(gone[:10]):
            yield Warning(
                f"{mlist.posting_address} has {getattr(mlist, name)} as {name}, which is not there: the default is used.",
                hint="Bring back the plugin that has it, or choose another.",
                id="posthouse.W012",
            )


@register(Tags.security)
def check_api_password(**_: Any) -> list[CheckMessage]:
    """The password that everybody knows, from Mailman's manual, opens nothing but a demo."""
    if settings.API_PASSWORD != "restpass" or settings.DEMO or settings.DEBUG:  # noqa: S105 - the one that is refused
        return []
    hint = "Set POSTHOUSE_API_PASSWORD to one of your own, or to nothing: then the API is closed."
    return [Error("The REST API has the password of Mailman's manual.", hint=hint, id="posthouse.E013")]
