"""Texts of our mails in somebody's own words: written and taken back. The next mail has them."""

from string import Template
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from lists import validators
from lists.errors import InvalidText, UnknownText
from lists.models import Domain, MailingList, NoticeTemplate
from lists.notices import STANDARD
from lists.texts import Text, built_in
from lists.texts.names import NAMES
from suite.common import languages
from suite.common.collation import Bytewise
from suite.common.events import record

Scope: TypeAlias = MailingList | Domain | None
"""Whose words: a list's, a domain's, or the site's."""
LENGTH = 64 * 1024
"""Characters of a text."""


def set_text(
    name: str, scope: Scope, text: str, *, language: str = "", subject: str | None = None, actor: str = ""
) -> NoticeTemplate:
    """Write this text, in place of what the scope had for the language; an empty language means all without an own text.

    Without a subject the mail keeps the one it had, or has built in. Raises UnknownText and InvalidText.
    """
    return store(name, scope, text, language=language, subject=subject, actor=actor)


@transaction.atomic
def store(
    name: str,
    scope: Scope,
    text: str,
    *,
    language: str = "",
    subject: str | None = None,
    actor: str = "",
    uri: str = "",
    source: dict[str, Any] | None = None,
) -> NoticeTemplate:
    """As `set_text()`; with a URI, of which `source` has the columns, the words come from there (`lists.services.text_uris`)."""
    check_name(name)
    text = text.replace("\r\n", "\n")
    if subject is None:
        subject = _subject(name, scope, language)
    check(name, language, subject, text, distant=bool(uri))
    words = {
        "subject": subject,
        "text": text,
        "uri": uri,
        "username": "",
        "password": "",
        "trusted": False,
        **(source or {}),
    }
    row, created = NoticeTemplate.objects.update_or_create(
        defaults=words | {"changed_at": timezone.now()}, name=name, language=language, **_columns(scope)
    )
    if not created:
        row.fetched.all().delete()
    _record("text.changed", name, scope, language, actor)
    return row


@transaction.atomic
def reset_text(name: str, scope: Scope, *, language: str = "", actor: str = "") -> bool:
    """Take the scope's own text for this language back. Returns whether there was one. Raises UnknownText."""
    check_name(name)
    gone, _ = texts_of(scope).filter(name=name, language=language).delete()
    if gone:
        _record("text.reset", name, scope, language, actor)
    return bool(gone)


def texts_of(scope: Scope) -> QuerySet[NoticeTemplate]:
    """What was written for this scope itself."""
    return NoticeTemplate.objects.filter(**_columns(scope)).order_by(Bytewise("name"), "language")


def check_name(name: str) -> None:
    if name not in NAMES:
        raise UnknownText(f"There is no text {name}.")


def check(name: str, language: str, subject: str, text: str, *, distant: bool = False) -> None:
    """Raises InvalidText, with a sentence for whoever wrote it. The words of a distant text are not known yet."""
    is_mail = bool(built_in_text(name, "en").subject)
    try:
        if language:
            languages.validate(language)
        validators.one_line(subject)
    except ValidationError as error:
        raise InvalidText(" ".join(error.messages)) from error
    if "\0" in text:
        raise InvalidText("A text without NUL is wanted.")
    if len(text) > LENGTH or len(subject) > 255:
        raise InvalidText(f"A text has {LENGTH} characters at most, a subject 255.")
    if subject and not is_mail:
        raise InvalidText("This text is no mail of its own and has no subject.")
    if is_mail and not (subject.strip() and (text.strip() or distant)):
        raise InvalidText("This mail needs a subject and a text.")


def unknown_placeholders(name: str, *texts: str) -> list[str]:
    """The placeholders of a text that will stay as they are, because nobody fills them in."""
    known = {*STANDARD, *NAMES[name].extras}
    return sorted({found for text in texts for found in _placeholders(text)} - known)


def _placeholders(text: str) -> set[str]:
    matches = Template.pattern.finditer(text)
    return {match["named"] or match["braced"] for match in matches if match["named"] or match["braced"]}


def _subject(name: str, scope: Scope, language: str) -> str:
    """The subject this mail has so far: its own, else the built-in one in the text's language, else in the list's."""
    own = texts_of(scope).filter(name=name, language=language).values_list("subject", flat=True).first()
    if own is not None:
        return own
    spoken = language or (scope.preferred_language if isinstance(scope, MailingList) else "en")
    return built_in_text(name, spoken).subject


def built_in_text(name: str, language: str) -> Text:
    """In this language, or in English where we have it in no other. Raises UnknownText."""
    for each in (name, NAMES[name].fallback):
        for code in (language, "en"):
            if (text := built_in(code).get(each)) is not None:
                return text
    raise UnknownText(f"There is no text {name}.")


def _columns(scope: Scope) -> dict[str, Any]:
    return {
        "mlist": scope if isinstance(scope, MailingList) else None,
        "domain": scope if isinstance(scope, Domain) else None,
    }


def _record(kind: str, name: str, scope: Scope, language: str, actor: str) -> None:
    list_id = scope.list_id if isinstance(scope, MailingList) else ""
    domain = scope.mail_host if isinstance(scope, Domain) else ""
    record(kind, actor=actor, list_id=list_id, subject=name, language=language, domain=domain)
