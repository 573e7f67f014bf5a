"""Texts in somebody's own words: written, taken back, refused."""

import pytest
from django.core.exceptions import ValidationError

from lists import notices
from lists.errors import InvalidText, UnknownText
from lists.models import MailingList, NoticeTemplate
from lists.services import texts
from suite.common.models import Event
from tests.support.factories import make_list

HOLD, FOOTER = "list:user:notice:hold", "list:member:regular:footer"


@pytest.fixture
def dev(db: None) -> MailingList:
    return make_list("dev")


def test_text_is_written_once_for_scope_name_and_language(dev: MailingList) -> None:
    for scope in (dev, dev.domain, None):
        for language in ("", "de"):
            for text in ("one", "two"):
                texts.set_text(HOLD, scope, text, language=language, subject="x")

    rows = NoticeTemplate.objects.values_list("mlist__list_id", "domain__mail_host", "language", "text")
    assert sorted(rows, key=str) == [
        ("dev.example.org", None, "", "two"),
        ("dev.example.org", None, "de", "two"),
        (None, "example.org", "", "two"),
        (None, "example.org", "de", "two"),
        (None, None, "", "two"),
        (None, None, "de", "two"),
    ]


@pytest.mark.parametrize(
    ("language", "listed", "subject"),
    [
        ("de", "en", "Ihr Beitrag an $listname wartet auf die Moderation"),
        ("", "fr", "Votre message à $listname attend la modération"),
    ],
)
def test_mail_without_own_subject_keeps_the_built_in_one(
    language: str, listed: str, subject: str, dev: MailingList
) -> None:
    dev.preferred_language = listed

    assert texts.set_text(HOLD, dev, "Wait.", language=language).subject == subject


def test_mail_keeps_the_subject_it_had(dev: MailingList) -> None:
    texts.set_text(HOLD, dev, "Wait.", subject="Tea first")

    assert texts.set_text(HOLD, dev, "Wait longer.").subject == "Tea first"


@pytest.mark.parametrize(
    ("name", "subject", "text", "language", "error"),
    [
        (HOLD, "", "Wait.", "", "This mail needs a subject and a text."),
        (HOLD, "Tea", " \n", "", "This mail needs a subject and a text."),
        (HOLD, "Tea\r\nBcc: dora@example.com", "Wait.", "", "One line without control characters is wanted."),
        (HOLD, "Tea", "Wait\0", "", "A text without NUL is wanted."),
        (HOLD, "Tea", "x" * 65_537, "", "A text has 65536 characters at most, a subject 255."),
        (HOLD, "x" * 256, "Wait.", "", "A text has 65536 characters at most, a subject 255."),
        (HOLD, "Tea", "Wait.", "tlh", "One of these languages is wanted: en, de, fr, es"),
        (FOOTER, "Tea", "Bye", "", "This text is no mail of its own and has no subject."),
    ],
)
def test_what_cannot_be_a_mail_is_refused(
    name: str, subject: str, text: str, language: str, error: str, dev: MailingList
) -> None:
    with pytest.raises(InvalidText) as refused:
        texts.set_text(name, dev, text, language=language, subject=subject)
    assert str(refused.value) == error
    assert not NoticeTemplate.objects.exists()


def test_unknown_name_is_refused(dev: MailingList) -> None:
    for act in (lambda: texts.set_text("list:nobody", dev, "x"), lambda: texts.reset_text("list:nobody", dev)):
        with pytest.raises(UnknownText):
            act()


def test_empty_footer_is_a_footer_that_is_not_there(dev: MailingList) -> None:
    texts.set_text(FOOTER, dev, "")

    assert notices.render(FOOTER, dev) == ("", "")


def test_audit_trail_says_who_wrote_what(dev: MailingList) -> None:
    texts.set_text(HOLD, dev, "Wait.", language="de", actor="anne@example.com")
    texts.set_text(FOOTER, dev.domain, "Bye.", actor="anne@example.com")
    assert texts.reset_text(HOLD, dev, language="de", actor="anne@example.com")
    assert not texts.reset_text(HOLD, dev, language="de", actor="anne@example.com")

    events = Event.objects.filter(actor="anne@example.com").order_by("pk")
    assert list(events.values_list("kind", "list_id", "subject", "data")) == [
        ("text.changed", "dev.example.org", HOLD, {"language": "de", "domain": ""}),
        ("text.changed", "", FOOTER, {"language": "", "domain": "example.org"}),
        ("text.reset", "dev.example.org", HOLD, {"language": "de", "domain": ""}),
    ]


def test_placeholders_that_nobody_fills_in_are_named(dev: MailingList) -> None:
    assert texts.unknown_placeholders(HOLD, "$listname ${reasons} $Reason $ ${count}", "$$x 5$") == ["Reason", "count"]


ATTACKS = [
    "{{ settings.SECRET_KEY }}",
    "{% load static %}",
    "{0.__class__}",
    "%(owner_email)s",
    "${owner_email.__class__}",
    "$__class__",
    "${",
    "$",
    "{listname}",
    "%s %d",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_of_an_owner_reaches_no_template_engine(attack: str, dev: MailingList) -> None:
    texts.set_text(HOLD, dev, f"  {attack}\n", subject="Tea")

    assert notices.render(HOLD, MailingList.objects.get(), subject=attack)[1] == f"  {attack}\n"


def test_row_is_of_a_list_or_a_domain_or_the_site(dev: MailingList) -> None:
    with pytest.raises(ValidationError):
        NoticeTemplate(mlist=dev, domain=dev.domain, name=HOLD).full_clean()
