"""What list settings may hold. Each raises ValidationError with a sentence for the owner."""

import re
from collections.abc import Callable

import re2
import regex
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string

from lists import patterns
from suite.common import languages
from suite.mail import addresses

PATTERN_LENGTH = 500
_NUMBER = re.compile(r"%0?\d?d")
_NEWSGROUP = re.compile(r"[a-z0-9][a-z0-9+_-]*(\.[a-z0-9][a-z0-9+_-]*)+")  # RFC 5536 §3.1.4
_FIELD_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 §2.2
_TOPIC = {"name", "pattern", "description"}
_OTHER_PLACEHOLDER = re.compile(r"%(?!0?\d?d)\w")


def one_line(value: str) -> None:
    """No control characters, so that the value can stand in a header."""
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValidationError("One line without control characters is wanted.")


def pattern(value: str) -> None:
    """A regular expression that RE2 takes, which runs in linear time whatever it is matched against; or an imported one."""
    if len(value) > PATTERN_LENGTH:
        raise ValidationError(f"A pattern has at most {PATTERN_LENGTH} characters.")
    try:
        patterns.compile_pattern(value)
    except (re2.error, regex.error) as error:
        raise ValidationError("Not a valid regular expression: %(why)s", params={"why": str(error)}) from error


def address_or_pattern(value: str) -> None:
    """`ann@example.com`, or a regular expression that begins with `^`."""
    if value.startswith("^"):
        pattern(value)
    elif not addresses.is_valid(value):
        raise ValidationError("Neither an address nor a pattern that begins with ^: %(value)s", params={"value": value})


def address_pattern_or_list(value: str) -> None:
    """As `address_or_pattern`; `@dev@example.org` means every member of that list."""
    address_or_pattern(value.removeprefix("@") if value.startswith("@") and value.count("@") == 2 else value)


def mime_type(value: str) -> None:
    if not re.fullmatch(r"[a-z0-9!#$&^_.+-]+(/[a-z0-9!#$&^_.+-]+)?", value):
        raise ValidationError("A type as in `image` or `image/png` is wanted: %(value)s", params={"value": value})


def extension(value: str) -> None:
    if not re.fullmatch(r"[^\s./\\]{1,32}", value):
        raise ValidationError("A file extension without dot is wanted: %(value)s", params={"value": value})


def subject_prefix(value: str) -> None:
    """`%d` or `%05d` stands for the post's number, once; no other placeholder exists, and a lone % is a percent sign."""
    one_line(value)
    if _OTHER_PLACEHOLDER.search(value) or len(_NUMBER.findall(value)) > 1:
        raise ValidationError("Only one %d (or %05d) may stand in the prefix.")


def optional_address(value: str) -> None:
    if value and not addresses.is_valid(value):
        raise ValidationError("Invalid email address: %(value)s", params={"value": value})


def language(value: str) -> None:
    languages.validate(value)


def chain(value: str) -> None:
    _registered("chain", value)


def pipeline(value: str) -> None:
    _registered("pipeline", value)


def archiver(value: str) -> None:
    _registered("archiver", value)


def _registered(what: str, value: str) -> None:
    """One of the names in a table of an upper floor."""
    names = sorted(import_string(settings.REGISTERED[what]))
    if value not in names:
        raise ValidationError(
            "No %(what)s is called %(value)s. There are: %(names)s",
            params={"what": what, "value": value or "(nothing)", "names": ", ".join(names)},
        )


def newsgroup(value: str) -> None:
    if value and not _NEWSGROUP.fullmatch(value):
        raise ValidationError("A newsgroup as in comp.mail.misc is wanted.")


def is_field_name(value: str) -> bool:
    return _FIELD_NAME.fullmatch(value) is not None


def header_checks(value: str) -> None:
    """Each line is empty, a comment that begins with #, or `Header: pattern`."""
    for entry in filter(None, map(str.strip, value.splitlines())):
        name, colon, expression = entry.partition(":")
        if entry.startswith("#"):
            continue
        if not colon or not is_field_name(name) or not expression.strip():
            raise ValidationError("A line as in `X-Spam: yes` is wanted: %(line)s", params={"line": entry})
        pattern(expression.strip())


def topics(value: object) -> None:
    """`[{"name": .., "pattern": .., "description": ..}]`, each name once."""
    if not isinstance(value, list) or not all(isinstance(topic, dict) and topic.keys() == _TOPIC for topic in value):
        raise ValidationError("A list of topics with name, pattern and description is wanted.")
    if not all(isinstance(text, str) for topic in value for text in topic.values()):
        raise ValidationError("Name, pattern and description of a topic are texts.")
    names = [topic["name"] for topic in value]
    if "" in names or len(set(names)) < len(names):
        raise ValidationError("Each topic needs a name of its own.")
    for topic in value:
        one_line(topic["name"])
        pattern(topic["pattern"])


ITEMS: dict[str, Callable[[str], None]] = {
    "text": one_line,
    "address-or-pattern": address_or_pattern,
    "address-pattern-or-list": address_pattern_or_list,
    "mime-type": mime_type,
    "extension": extension,
    "archiver": archiver,
}
"""What the items of a list-valued setting may be, by name (the names stand in migrations)."""
