"""Texts behind URIs: set, and fetched ahead of need. No mail waits for a web server.

What a URI gives is kept for a week, then asked for again. While a server is in trouble the text it gave last holds; one that
says that the file is gone, or never gave any, has none, and mails fall back to the next text. `file:` is read inside of one
folder only.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from lists.errors import InvalidText
from lists.models import FetchedText, MailingList, NoticeTemplate
from lists.services.texts import Scope, check_name, reset_text, store, texts_of
from lists.wording import expand
from suite.common import fetching, languages
from suite.common.fetching import FetchFailed, ForbiddenAddress
from suite.mail import charsets

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
BUDGET = 10.0
"""Seconds of fetching at a time."""
_OF_A_LIST = {"list_id", "listname", "fqdn_listname"}


def set_uri(
    name: str,
    scope: Scope,
    uri: str,
    *,
    language: str = "",
    subject: str | None = None,
    username: str = "",
    password: str = "",
    trusted: bool = False,
    actor: str = "",
) -> NoticeTemplate:
    """Take this text from a URI, which may name `$list_id`, `$listname`, `$domain_name` and `$language`.

    `trusted` is for the site's operator: hosts of the own network may be asked, too. Nothing is fetched yet (`refresh()`). Raises
    UnknownText and InvalidText.
    """
    check_uri(uri, trusted=trusted)
    source = _source(username, password, trusted)
    return store(name, scope, "", language=language, subject=subject, actor=actor, uri=uri, source=source)


def set_uris(scope: Scope, uris: Mapping[str, str], *, trusted: bool = False, **more: Any) -> list[NoticeTemplate]:
    """`store_uris()` of what was looked at before its transaction begins, so that nobody waits for DNS."""
    check_uris(uris, trusted=trusted)
    return store_uris(scope, uris, trusted=trusted, **more)


@transaction.atomic
def store_uris(
    scope: Scope,
    uris: Mapping[str, str],
    *,
    username: str = "",
    password: str = "",
    trusted: bool = False,
    actor: str = "",
) -> list[NoticeTemplate]:
    """Text -> where it is taken from, in all languages; empty takes it from nowhere any more. All or none, and none fetched yet.

    Nothing is looked at that `check_uris()` looks at. Raises UnknownText and InvalidText.
    """
    source = _source(username, password, trusted)
    for name in (name for name, uri in uris.items() if not uri):
        reset_uri(name, scope, actor=actor)
    return [store(name, scope, "", actor=actor, uri=uri, source=source) for name, uri in uris.items() if uri]


def uris_of(scope: Scope) -> QuerySet[NoticeTemplate]:
    """The scope's texts behind URIs that are for all languages, by their names."""
    return texts_of(scope).filter(language="").exclude(uri="")


@transaction.atomic
def reset_uri(name: str, scope: Scope, *, actor: str = "") -> bool:
    """Whether there was one. What the scope wrote itself, or has for one language alone, stays. Raises UnknownText."""
    check_name(name)
    return uris_of(scope).filter(name=name).exists() and reset_text(name, scope, actor=actor)


def _source(username: str, password: str, trusted: bool) -> dict[str, Any]:
    if max(len(username), len(password)) > 255:
        raise InvalidText("User and password have 255 characters at most.")
    return {"username": username, "password": password, "trusted": trusted}


def check_uris(uris: Mapping[str, str], *, trusted: bool = False) -> None:
    """Text -> URI or nothing. Raises InvalidText."""
    for uri in dict.fromkeys(filter(None, uris.values())):
        check_uri(uri, trusted=trusted)


def check_uri(uri: str, *, trusted: bool = False) -> None:
    """Raises InvalidText, with a sentence for whoever set it. A host that cannot be found just now is none of that."""
    if len(uri) > 500:
        raise InvalidText("A URI has 500 characters at most.")
    try:
        if urlsplit(uri).scheme == "file":
            _path(uri)
        elif "$" in urlsplit(uri).netloc:
            raise InvalidText("The host of a URI cannot be filled in.")
        else:
            fetching.look(uri.replace("$", "%24").replace("{", "%7B").replace("}", "%7D"), trusted=trusted)
    except ForbiddenAddress as error:
        raise InvalidText(str(error)) from error
    except FetchFailed as error:
        log.warning("uri=%s %s", uri, error)
    except ValueError as error:
        raise InvalidText("This is no URL.") from error


def refresh(rows: Iterable[NoticeTemplate] | None = None, *, seconds: float = BUDGET) -> int:
    """Fetch what is missing or a week old, what waited longest first, until the time is up. How many texts came.

    With `rows` only theirs, however fresh. An hourly chore.
    """
    deadline = time.monotonic() + seconds
    due = FetchedText.objects.select_related("template")
    if rows is None:
        rows = NoticeTemplate.objects.exclude(uri="").select_related("mlist__domain", "domain")
        due = due.exclude(fetched_at__gt=timezone.now() - KEPT)
    rows = list(rows)
    for row in rows:
        _provide(row)
    due = due.filter(template__in=rows)
    came = 0
    for text in due.order_by(F("fetched_at").asc(nulls_first=True), "tried_at")[:1000]:
        if time.monotonic() > deadline:
            break
        came += _fetch(text)
    return came


def _provide(row: NoticeTemplate) -> None:
    """A row for each URL that the template's URI can become, and none for others."""
    wanted = set(_urls(row))
    known = set(row.fetched.values_list("url", flat=True))
    with transaction.atomic():
        row.fetched.filter(url__in=known - wanted).delete()
        missing = [FetchedText(template=row, url=url) for url in sorted(wanted - known)]
        FetchedText.objects.bulk_create(missing, ignore_conflicts=True, batch_size=500)


def _urls(row: NoticeTemplate) -> Iterator[str]:
    named = set(Template(row.uri).get_identifiers())
    spoken = [row.language] if row.language else list(languages.codes()) if "language" in named else [""]
    for mlist in _lists(row, named):
        for language in spoken:
            yield expand(row.uri, mlist, language)[:1000]


def _lists(row: NoticeTemplate, named: set[str]) -> Iterable[MailingList]:
    """The lists that make a difference to the URI."""
    if row.mlist is not None:
        return [row.mlist]
    lists = MailingList.objects.select_related("domain")
    if row.domain is not None:
        lists = lists.filter(domain=row.domain)
    if named & _OF_A_LIST or (row.domain is None and "domain_name" in named):
        return lists.iterator(chunk_size=2000)
    return lists[:1]


def _fetch(text: FetchedText) -> bool:
    row, now = text.template, timezone.now()
    try:
        words = _read(text.url, row).replace("\0", "")
    except FetchFailed as error:
        log.warning("uri=%s %s", text.url, error)
        columns = {"tried_at": now, "failure": str(error)[:300]}
        if error.gone or not error.temporary:
            columns |= {"fetched_at": None, "text": ""}
        FetchedText.objects.filter(pk=text.pk).update(**columns)
        return False
    FetchedText.objects.filter(pk=text.pk).update(text=words, fetched_at=now, tried_at=now, failure="")
    return True


def _read(url: str, row: NoticeTemplate) -> str:
    if urlsplit(url).scheme == "file":
        return _read_file(url)
    found = fetching.fetch(url, username=row.username, password=row.password, trusted=row.trusted)
    return charsets.to_text(found.octets, found.charset or "utf-8").replace("\r\n", "\n")


def _read_file(url: str) -> str:
    try:
        path = _path(url)
        if path.stat().st_size > fetching.LIMIT:
            raise FetchFailed(f"The file is larger than {fetching.LIMIT} octets.")
        return charsets.to_text(path.read_bytes(), "utf-8")
    except InvalidText as error:
        raise ForbiddenAddress(str(error)) from error
    except (OSError, ValueError) as error:
        raise FetchFailed("The file cannot be read.", gone=isinstance(error, FileNotFoundError)) from error


def _path(uri: str) -> Path:
    """The file of a `file:` URI, inside of the folder for texts, wherever links lead. Raises InvalidText."""
    parts, folder = urlsplit(uri), Path(settings.TEXTS_DIR).resolve()
    path = Path(unquote(parts.path)).resolve()
    if parts.netloc not in ("", "localhost") or not path.is_relative_to(folder):
        raise InvalidText(f"Files are read from the folder {folder} only.")
    return path
