"""Which text a mail gets."""

from itertools import product
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from lists import notices, texts, wording
from lists.models import MailingList, NoticeTemplate
from lists.services.texts import reset_text, set_text
from tests.support.factories import make_list

pytestmark = pytest.mark.django_db

HOLD = "list:user:notice:hold"
FOOTER, DIGEST_FOOTER = "list:member:regular:footer", "list:member:digest:footer"
GENERIC = "list:member:generic:footer"


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev", preferred_language="es")


def write(dev: MailingList, scope: str, language: str, name: str = HOLD, text: str = "") -> NoticeTemplate:
    """A text that says where it stands."""
    of: Any = {"list": dev, "domain": dev.domain, "site": None}[scope]
    subject = "" if name.startswith("list:member:") else f"{scope}-{language}"
    return set_text(name, of, text or f"{scope}-{language}\n", language=language, subject=subject)


def found(dev: MailingList, language: str, name: str = HOLD) -> str:
    wording.forget(dev)
    return notices.render(name, dev, language=language)[1].strip()


@pytest.mark.feature("core.template.resolution")
def test_nearest_scope_wins_and_in_it_the_languages_in_turn(dev: MailingList, settings: Any) -> None:
    """A reader of French, a Spanish list, a German site: each text is found until it is taken away."""
    settings.LANGUAGE_CODE = "de"
    order = list(product(wording.SCOPES, ("fr", "", "es", "de", "en")))
    for scope, language in order:
        write(dev, scope, language)

    for scope, language in order:
        assert found(dev, "fr") == f"{scope}-{language}"
        assert notices.render(HOLD, dev, language="fr")[0] == f"{scope}-{language}"
        assert reset_text(HOLD, {"list": dev, "domain": dev.domain, "site": None}[scope], language=language)

    wording.forget(dev)
    assert wording.find(HOLD, dev, "fr") == wording.Wording(texts.built_in("fr")[HOLD], "fr", wording.BUILT_IN)


@pytest.mark.parametrize(
    ("language", "spoken"), [("fr", "fr"), ("de", "de"), ("", "es"), ("tlh", "es"), ("../en", "es")]
)
def test_built_in_text_in_the_language_wanted_else_the_lists(language: str, spoken: str, dev: MailingList) -> None:
    assert wording.find(HOLD, dev, language).language == spoken


def test_texts_of_others_are_not_seen(dev: MailingList) -> None:
    other, elsewhere = make_list("other"), make_list("dev@example.net")
    set_text(HOLD, other, "other\n", language="es")
    set_text(HOLD, elsewhere.domain, "elsewhere\n", language="es")

    assert wording.find(HOLD, dev).scope == wording.BUILT_IN
    assert found(other, "es") == "other"
    assert found(elsewhere, "es") == "elsewhere"


@pytest.mark.parametrize("name", [FOOTER, DIGEST_FOOTER])
def test_generic_footer_stands_in_for_both_and_a_specific_one_wins(name: str, dev: MailingList) -> None:
    assert found(dev, "en", name).startswith("_" * 47 + "\nDev mailing list: dev@example.org\nLeave it")
    write(dev, "site", "", name)
    assert found(dev, "en", name) == "site-"
    write(dev, "list", "", GENERIC)
    assert found(dev, "en", name) == "list-"
    write(dev, "list", "", name, "own\n")
    assert found(dev, "en", name) == "own"


def test_texts_are_read_once_for_a_list_object(
    dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    write(dev, "domain", "")
    fresh = MailingList.objects.select_related("domain").get()

    with django_assert_num_queries(1):
        assert [notices.render(name, fresh)[1] for name in (HOLD, HOLD)] == ["domain-\n"] * 2
        notices.render(FOOTER, fresh)


@pytest.mark.parametrize(("written", "statements"), [(False, 0), (True, 1)])
def test_list_that_came_with_texts_asks_only_where_there_are_some(
    written: bool, statements: int, dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    if written:
        write(dev, "site", "")
    with django_assert_num_queries(1):
        fresh = wording.with_texts(MailingList.objects.select_related("domain")).get()

    with django_assert_num_queries(statements):
        notices.render(HOLD, fresh)
        notices.render(FOOTER, fresh)
