"""Which text a mail gets: the list's own, its domain's, the site's, else the one that is built in.

In each of these the languages are asked in turn: the one wanted, a text for all languages, the list's, the site's, English.
So the words of whoever is nearest to the list win over the language, and subject and body are always of one text.
"""

from dataclasses import dataclass
from string import Template
from urllib.parse import quote

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from lists.models import FetchedText, MailingList, NoticeTemplate
from lists.texts import Text, built_in
from lists.texts.names import NAMES
from suite.common import languages

SCOPES = ("list", "domain", "site")
"""From the nearest to the farthest."""
BUILT_IN = "built-in"
EVERY = ""
"""The language of a text that is meant for all of them."""

Stored = dict[tuple[str, str, str], Text]
"""Scope, name and language -> text."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text, and where it was found."""

    text: Text
    language: str
    """What it is written in; empty for a text for all languages."""
    scope: str
    """One of SCOPES, or BUILT_IN."""


def find(name: str, mlist: MailingList, language: str = "") -> Wording:
    """The text of this name for somebody who reads `language` (empty = the list's). Raises KeyError for an unknown name.

    One query for all texts of a list object, none where it came `with_texts()` and has none; two where URIs are in use.
    """
    wanted = language_order(mlist, language)
    names = [name, *filter(None, [NAMES[name].fallback if name in NAMES else ""])]
    texts = stored(mlist)
    for scope in SCOPES if texts else ():
        for each in names:
            for code in wanted:
                if text := texts.get((scope, each, code)):
                    return Wording(text, code, scope)
    for each in names:
        for code in wanted:
            if (found := built_in(code).get(each)) is not None:
                return Wording(found, code, BUILT_IN)
    raise KeyError(name)


def language_order(mlist: MailingList, language: str = "") -> tuple[str, ...]:
    """The languages in which a text is looked for, each once; what nobody may choose (any more) is left out."""
    known = languages.codes()
    chosen = language if language in known else mlist.preferred_language
    return tuple(dict.fromkeys((chosen, EVERY, mlist.preferred_language, settings.LANGUAGE_CODE, "en")))


def with_texts(lists: "QuerySet[MailingList]") -> "QuerySet[MailingList]":
    """These lists, knowing whether any text was written for them: then mails with built-in texts cost no query."""
    concerning = NoticeTemplate.of(OuterRef("pk"), OuterRef("domain"))  # type: ignore[arg-type]
    return lists.annotate(has_texts=Exists(concerning))


def stored(mlist: MailingList) -> Stored:
    """All texts that were written for this list, its domain and the site; read once for a list object."""
    known: Stored | None = mlist.__dict__.get("stored_texts")
    if known is None:
        known = _read(mlist) if mlist.pk and getattr(mlist, "has_texts", True) else {}
        mlist.__dict__["stored_texts"] = known
    return known


def forget(mlist: MailingList) -> None:
    """Read the texts of this list object anew."""
    for name in ("stored_texts", "has_texts"):
        mlist.__dict__.pop(name, None)


def _read(mlist: MailingList) -> Stored:
    rows = list(NoticeTemplate.of(mlist, mlist.domain))
    texts = {(scope_of(row), row.name, row.language): Text(row.subject, row.text) for row in rows if not row.uri}
    if distant := [row for row in rows if row.uri]:
        texts |= _fetched(distant, mlist)
    return texts


def _fetched(rows: list[NoticeTemplate], mlist: MailingList) -> Stored:
    """What URIs have given so far. Where one gave nothing yet, the next text in the order holds."""
    known = FetchedText.objects.filter(template__in=rows, fetched_at__isnull=False)
    fetched = {(text.template_id, text.url): text.text for text in known}
    found: Stored = {}
    for row in rows:
        for code in (row.language,) if row.language else languages.codes():
            body = fetched.get((row.pk, expand(row.uri, mlist, code)))
            if body is not None:
                found[scope_of(row), row.name, code] = Text(row.subject, body)
    return found


def scope_of(row: NoticeTemplate) -> str:
    return "list" if row.mlist_id else "domain" if row.domain_id else "site"


def expand(uri: str, mlist: MailingList, language: str) -> str:
    """A template's URI with the values it may name, quoted."""
    values = {
        "list_id": mlist.list_id,
        "listname": mlist.posting_address,
        "fqdn_listname": mlist.posting_address,
        "domain_name": mlist.mail_host,
        "language": language,
    }
    return Template(uri).safe_substitute({name: quote(value, safe="@") for name, value in values.items()})
