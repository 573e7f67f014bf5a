"""What the robot says: the same texts with the same gaps in each language."""

from string import Template

import pytest
from django.conf import settings

from delivery.robots import wording
from delivery.robots.commands import COMMANDS

OTHERS = [language for language in wording.TEXTS if language != "en"]


def test_every_language_of_the_site_is_spoken() -> None:
    assert set(wording.TEXTS) == {code for code, _ in settings.LANGUAGES}


@pytest.mark.parametrize("language", OTHERS)
def test_each_language_has_every_text_with_the_same_gaps(language: str) -> None:
    gaps = {key: set(Template(text).get_identifiers()) for key, text in wording.TEXTS["en"].items()}
    assert {key: set(Template(text).get_identifiers()) for key, text in wording.TEXTS[language].items()} == gaps


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    same = {key for key, text in wording.TEXTS["en"].items() if wording.TEXTS[language][key] == text}
    assert same <= {"info"}


@pytest.mark.parametrize("language", wording.TEXTS)
def test_each_command_is_explained(language: str) -> None:
    for command in COMMANDS:
        assert wording.TEXTS[language][f"summary.{command.name}"]
        assert wording.TEXTS[language][f"details.{command.name}"]


def test_a_language_nobody_speaks_and_a_regional_one() -> None:
    assert wording.say("tlh", "end") == wording.say("en", "end")
    assert wording.say("de-at", "end") == wording.say("de", "end")
