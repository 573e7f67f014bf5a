"""The built-in texts: every mail in every language, in whole, and with no placeholder that stays empty."""

import re
from pathlib import Path
from string import Template

import pytest

from lists import notices, texts
from lists.texts.names import NAMES
from tests.support.factories import make_list

ENGLISH = texts.built_in("en")
OTHERS = [language for language in texts.LANGUAGES if language != "en"]
EACH = [(language, name) for language in texts.LANGUAGES for name in texts.built_in(language)]
MAILMANS = [
    "domain:admin:notice:new-list",
    "list:admin:action:post",
    "list:admin:action:subscribe",
    "list:admin:action:unsubscribe",
    "list:admin:notice:disable",
    "list:admin:notice:increment",
    "list:admin:notice:pending",
    "list:admin:notice:removal",
    "list:admin:notice:subscribe",
    "list:admin:notice:unrecognized",
    "list:admin:notice:unsubscribe",
    "list:member:digest:footer",
    "list:member:digest:header",
    "list:member:digest:masthead",
    "list:member:generic:footer",
    "list:member:regular:footer",
    "list:member:regular:header",
    "list:user:action:invite",
    "list:user:action:subscribe",
    "list:user:action:unsubscribe",
    "list:user:notice:goodbye",
    "list:user:notice:hold",
    "list:user:notice:no-more-today",
    "list:user:notice:post",
    "list:user:notice:probe",
    "list:user:notice:refuse",
    "list:user:notice:rejected",
    "list:user:notice:warning",
    "list:user:notice:welcome",
]


def test_every_mail_that_mailman_has_is_there() -> None:
    assert set(MAILMANS) <= set(NAMES)
    assert {name for name in MAILMANS if not NAMES[name].fallback} <= set(ENGLISH)


def test_table_names_each_text_and_no_other() -> None:
    assert {name for name in NAMES if not NAMES[name].fallback} == set(ENGLISH)
    assert {NAMES[name].fallback for name in NAMES} - {""} <= set(ENGLISH)


@pytest.mark.feature("core.i18n.whole-mails")
@pytest.mark.parametrize("language", OTHERS)
def test_complete_language_has_subject_and_body_of_every_mail(language: str) -> None:
    translated = texts.built_in(language)

    assert set(translated) == set(ENGLISH)
    for name, (subject, body) in translated.items():
        assert bool(subject) == bool(ENGLISH[name].subject), name
        assert bool(body) == bool(ENGLISH[name].body), name
        if body:
            assert body != ENGLISH[name].body, name
        if subject and subject != "confirm $token":
            assert subject != ENGLISH[name].subject, name


@pytest.mark.parametrize(("language", "name"), EACH)
def test_text_says_nothing_that_it_does_not_know(language: str, name: str) -> None:
    text = Template("\n".join(texts.built_in(language)[name]))

    assert text.is_valid()
    assert set(text.get_identifiers()) <= {*notices.STANDARD, *NAMES[name].extras}
    assert set(text.get_identifiers()) == set(Template("\n".join(ENGLISH[name])).get_identifiers())


def test_every_file_is_a_mail() -> None:
    folder = Path(texts.__file__).parent
    files = {path.relative_to(folder).as_posix() for path in folder.glob("*/*.txt")}

    assert files == {f"{language}/{name.replace(':', '.')}.txt" for language, name in EACH}


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "name"), EACH)
def test_filled_in_text_fits_a_reader(language: str, name: str) -> None:
    dev = make_list("dev")
    dev.preferred_language = language
    values = {extra: extra.upper() for extra in NAMES[name].extras}

    subject, text = notices.render(name, dev, **values)

    assert "$" not in subject + text
    paragraphs = [line for line in text.split("\n") if line[:1].strip()]
    assert all(len(line) <= notices.WIDTH + 2 or " " not in line for line in paragraphs)
    assert not re.search(r"\n\n\n|[ \t]\n", text)
