"""What must hold of the tables before anything runs."""

import shlex
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.db.models import Q

from archives.services.intake import SERVED_ROLES
from delivery.archivers import dates
from delivery.archivers.table import ARCHIVERS
from delivery.handlers.base import Handler
from delivery.models import Endpoint
from delivery.mta import files, postfix
from delivery.news.server import server
from delivery.pipelines import PIPELINES
from delivery.roads import ROADS
from delivery.signing import keyfile
from lists.models import Domain, MailingList
from suite.common import plugins
from suite.common.early import rows_if_made
from suite.mail.signing_keys import RSA

FILES = "to-archive"


@checks.register("delivery")
def check_pipelines(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Handlers have name, title and apply(), no pipeline asks one twice, and what it files was cut before and is counted."""
    return [problem for name, handlers in PIPELINES.items() for problem in problems(name, handlers)]


def problems(pipeline: str, handlers: Sequence[Handler]) -> list[checks.CheckMessage]:
    found: list[checks.CheckMessage] = [
        checks.Error(
            f"Pipeline {pipeline}: {handler!r} is no handler.",
            hint="A handler has name, title and apply(draft, mlist).",
            id="delivery.E001",
        )
        for handler in handlers
        if not all(getattr(handler, attribute, None) for attribute in ("name", "title", "apply"))
    ]
    times = Counter(getattr(handler, "name", "") for handler in handlers)
    twice = sorted(name for name, count in times.items() if count > 1)
    if twice:
        found.append(checks.Error(f"Pipeline {pipeline} has {', '.join(twice)} more than once.", id="delivery.E002"))
    names = list(times)
    if FILES in names and not ("publish" in names[: names.index(FILES)] and "after-delivery" in names):
        complaint = f"Pipeline {pipeline} has {FILES} without publish before it, or without after-delivery."
        hint = "It files what the one has cut, under the number that the other takes."
        found.append(checks.Error(complaint, hint=hint, id="delivery.E011"))
    return found


@checks.register("delivery")
def check_roads(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Every role that is served has a road, and no other has one."""
    odd = sorted(set(ROADS) ^ set(SERVED_ROLES))
    return [
        checks.Error(f"Letters to the role {role} are served, or have a road, but not both.", id="delivery.E003")
        for role in odd
    ]


@checks.register("delivery")
def check_mta(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """POSTHOUSE_MTA and the type of its maps are such as we can write."""
    found: list[checks.CheckMessage] = []
    for name, value, known in (
        ("POSTHOUSE_MTA", settings.MTA, ("", *files.MTAS)),
        ("POSTHOUSE_MTA_MAP_TYPE", settings.MTA_MAP_TYPE, postfix.MAP_TYPES),
    ):
        if value not in known:
            hint = f"It is one of {', '.join(filter(None, known))}."
            found.append(checks.Error(f"{name} is {value!r}, which we do not know.", hint=hint, id="delivery.E005"))
    return found


@checks.register("delivery")
def check_archivers(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """The site's archivers exist, and can be given something."""
    unknown = sorted(set(settings.ARCHIVERS) - set(ARCHIVERS))
    # Of a plugin that does not fit it may be: that stops nobody.
    kind = checks.Warning if any(one.plugin is None for one in plugins.found()) else checks.Error
    found = [
        kind(f"POSTHOUSE_ARCHIVERS names {name!r}; there are {', '.join(ARCHIVERS)}.", id="delivery.E007")
        for name in unknown
    ]
    complaints = []
    if "mhonarc" in settings.ARCHIVERS and not _words(settings.MHONARC_COMMAND):
        complaints.append("POSTHOUSE_MHONARC_COMMAND names no command for the archiver mhonarc.")
    if settings.CLOBBER_DATE not in dates.CHOICES:
        complaints.append(
            f"POSTHOUSE_CLOBBER_DATE is {settings.CLOBBER_DATE!r}; it is one of {', '.join(dates.CHOICES)}."
        )
    if not 0 < settings.ARCHIVER_SECONDS <= 600:
        complaints.append("POSTHOUSE_ARCHIVER_SECONDS is more than 0 and 600 at most.")
    return [*found, *(checks.Error(complaint, id="delivery.E007") for complaint in complaints)]


def _words(command: str) -> list[str]:
    """The command's words; none where a quotation mark is left open."""
    try:
        return shlex.split(command)
    except ValueError:
        return []


@checks.register(checks.Tags.database)
def check_seals(databases: Sequence[str] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Where posts are to be sealed, every domain with lists has a key for it."""
    if not settings.ARC or "default" not in (databases or ()):
        return []
    hosts = rows_if_made(Domain.objects.exclude(lists=None).values_list("mail_host", flat=True).distinct())
    bare = [host for host in hosts if not any(signer.algorithm == RSA for signer in keyfile.signers(host))]
    if not bare:
        return []
    hint = "Make them with `manage.py dkim DOMAIN --make` and `--activate`."
    return [
        checks.Error(f"POSTHOUSE_ARC is on, and no RSA key signs for {', '.join(bare)}.", hint=hint, id="delivery.E006")
    ]


@checks.register("delivery")
def check_signing_keys(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Who has made keys wants to sign: unreadable ones are told of at start, not found out mail by mail."""
    try:
        keyfile.load()
    except keyfile.KeyFileError as error:
        hint = "Bring back a copy of the file, or move it away to send unsigned mail."
        return [checks.Error(str(error), hint=hint, id="delivery.E004")]
    return []


@checks.register("delivery")
def check_news_server(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """POSTHOUSE_NNTP_URL can be read."""
    try:
        server()
    except ValueError as error:
        hint = "As in nntps://user:password@news.example.net."
        return [checks.Error(f"POSTHOUSE_NNTP_URL: {error}.", hint=hint, id="delivery.E010")]
    return []


@checks.register(checks.Tags.database)
def check_newsgroups(databases: Sequence[str] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Lists that are joined to a newsgroup have a news server to reach it by."""
    if settings.NNTP_URL or "default" not in (databases or ()):
        return []
    wanted = Q(gateway_to_mail=True) | Q(gateway_to_news=True)
    joined = MailingList.objects.filter(wanted).exclude(linked_newsgroup="")
    lists = rows_if_made(joined.values_list("list_id", flat=True)[:5])
    if not lists:
        return []
    problem = f"Lists are joined to newsgroups and there is no news server: {', '.join(lists)}."
    return [checks.Warning(problem, hint="Name one in POSTHOUSE_NNTP_URL.", id="delivery.W010")]


@checks.register(checks.Tags.database)
def check_endpoints(databases: Sequence[str] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Endpoints that are on get something."""
    if settings.HTTP_DELIVERY or "default" not in (databases or ()):
        return []
    lists = rows_if_made(Endpoint.objects.filter(off_at__isnull=True).values_list("mlist__list_id", flat=True)[:5])
    if not lists:
        return []
    problem = f"HTTP endpoints get nothing, and their posts go by mail: {', '.join(sorted(set(lists)))}."
    hint = "Set POSTHOUSE_HTTP_DELIVERY=yes, or take them away with `manage.py endpoint remove`."
    return [checks.Warning(problem, hint=hint, id="delivery.W011")]
