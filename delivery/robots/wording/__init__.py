"""What the robot says, a module for each language. `$name` is filled in (PEP 292) and nothing else is looked up."""

from string import Template
from typing import Any

from delivery.robots.wording import de, en, es, fr

TEXTS: dict[str, dict[str, str]] = {"en": en.TEXTS, "de": de.TEXTS, "fr": fr.TEXTS, "es": es.TEXTS}
"""Language -> name -> text. Each has the same names."""


def say(language: str, key: str, **values: Any) -> str:
    """The text of this name; in English where we do not speak the language. Raises KeyError for a name that no text has."""
    texts = TEXTS.get(language) or TEXTS.get(language.partition("-")[0]) or TEXTS["en"]
    return Template(texts[key]).safe_substitute(values)


def knows(key: str) -> bool:
    return key in TEXTS["en"]
