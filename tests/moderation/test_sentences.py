"""What rules say to senders, in their own language."""

from dataclasses import replace

import pytest
from pytest_django import Settings

from lists.models import MailingList
from moderation.reasons import TO_MODERATORS
from moderation.registry import BY_NAME
from moderation.sentences import LANGUAGES, TO_SENDERS, translate
from moderation.verdicts import Hit
from tests.moderation.test_rules import CASES, arrange, scans
from tests.support.cases import Case
from tests.support.factories import make_list
from tests.support.letters import make_candidate

NOT_HELD = ("approved",)
"""Rules that hold and refuse nothing: nobody is told what they say."""
HITS = [case for cases in CASES.values() for case in cases if case.hits and not case.records]


@pytest.mark.parametrize("row", (*TO_SENDERS, *TO_MODERATORS), ids=lambda row: row[0][:40])
def test_sentence_has_the_same_values_in_each_language(row: tuple[str, ...]) -> None:
    english, *others = row
    values = {piece.partition("}")[0] for piece in english.split("{")[1:]}

    assert len(others) == len(LANGUAGES)
    for sentence in others:
        assert {piece.partition("}")[0] for piece in sentence.split("{")[1:]} == values
        assert sentence != english


@pytest.mark.django_db
@pytest.mark.parametrize("case", HITS, ids=str)
def test_what_a_rule_says_to_a_sender_is_in_the_catalogue(case: Case, settings: Settings) -> None:
    make_list("friends")
    dev: MailingList = make_list("dev")
    arrange(case, dev)
    for name, value in case.site.items():
        setattr(settings, name, value)
    letter = replace(make_candidate(dev, case.raw, sender=case.envelope), scans=scans(case))
    answer = BY_NAME[case.rule].check(letter, dev)

    assert isinstance(answer, Hit)
    if case.rule not in NOT_HELD:
        for language in LANGUAGES:
            assert translate(answer.reason, language) != answer.reason
    if answer.to_sender and answer.to_sender != dev.dmarc_moderation_notice.strip():
        for language in LANGUAGES:
            said = translate(answer.to_sender, language)
            assert said != answer.to_sender
            assert "{" not in said


@pytest.mark.parametrize(
    ("sentence", "language", "said"),
    [
        ("You are not a member of this list.", "fr", "Vous n'êtes pas membre de cette liste."),
        ("You are not a member of this list.", "en", "You are not a member of this list."),
        ("You are not a member of this list.", "", "You are not a member of this list."),
        ("Tea only, please.", "de", "Tea only, please."),
        (
            "Your message has 300 KB, attachments included; this list takes 40 KB.",
            "de",
            "Ihre Nachricht hat mit Anhängen 300 KB; diese Liste nimmt 40 KB an.",
        ),
        (
            "Your message looks like the command '{limit} \\\\1'. Commands go to dev-request@example.org.",
            "es",
            "Su mensaje parece la orden '{limit} \\\\1'. Las órdenes se envían a dev-request@example.org.",
        ),
    ],
)
def test_sentence_is_put_into_a_language(sentence: str, language: str, said: str) -> None:
    assert translate(sentence, language) == said
