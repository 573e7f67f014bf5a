from collections.abc import Iterator

import pytest
import regex
from django.core.exceptions import ValidationError

from lists import patterns, validators


@pytest.mark.parametrize(
    ("entry", "address", "expected"),
    [
        ("dora@example.com", "dora@example.com", True),
        ("Dora@Example.COM", "dora@example.com", True),
        ("dora@example.com", "dora@example.com.example.org", False),
        (r"^.*@spam\.example$", "anyone@spam.example", True),
        (r"^.*@SPAM\.example$", "anyone@spam.example", True),
        (r"^.*@spam\.example$", "anyone@spam.example.org", False),
        (r"^dora", "anne+dora@example.com", False),
        (r"^(", "(@example.com", False),
    ],
)
def test_entry_names_address(entry: str, address: str, expected: bool) -> None:
    assert patterns.matches(entry, address) is expected


def test_first_match_keeps_the_order_of_the_entries() -> None:
    entries = ["bart@example.com", "^dora@", "dora@example.com"]

    assert patterns.first_match(entries, "dora@example.com") == "^dora@"
    assert patterns.first_match(entries, "anne@example.com") is None


SLOW = "^(a|aa)+$"
HOSTILE = "a" * 60 + "!"


@pytest.fixture(autouse=True)
def rested() -> Iterator[None]:
    """No pattern rests because of another test."""
    patterns._resting.clear()
    yield
    patterns._resting.clear()


def test_what_re2_takes_is_imported_as_it_is() -> None:
    assert patterns.imported("^(a+)+$") == "^(a+)+$"


@pytest.mark.parametrize(
    ("pattern", "kept"),
    [("^(?=d)dora@", "^(?#imported)(?=d)dora@"), (r"(.)\1@", r"(?#imported)(.)\1@")],
)
def test_what_re2_refuses_is_marked_and_matches(pattern: str, kept: str) -> None:
    assert patterns.imported(pattern) == kept
    validators.pattern(kept)

    search = patterns.compiled(kept)

    assert search is not None
    assert search.search("DORA@example.com" if kept.startswith("^") else "ANN@example.com")
    assert search.search("bart@example.com") is None


def test_neither_engine_takes_it() -> None:
    with pytest.raises(regex.error):
        patterns.imported("^(")
    with pytest.raises(ValidationError):
        validators.pattern("(?#imported)(")


def test_an_imported_pattern_that_is_slow_is_cut_short_and_rests() -> None:
    slow = f"^{patterns.IMPORTED}{SLOW[1:]}"

    with patterns.noticing_slow_ones() as first:
        assert not patterns.matches(slow, HOSTILE)
    with patterns.noticing_slow_ones() as second:
        assert not patterns.matches(slow, "aaa")  # it would match, and quickly, but it rests
    patterns._resting[slow] = 0.0
    with patterns.noticing_slow_ones() as third:
        assert patterns.matches(slow, "aaa")

    assert (first, second, third) == ({slow}, {slow}, set())
