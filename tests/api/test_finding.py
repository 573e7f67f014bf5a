"""What a path names is found by each of its names, and whatever else stands there is nothing, never an error of ours."""

import pytest

from lists.api.finding import domain_of, list_of
from suite.common.rest.errors import NotFound
from tests.support.factories import make_list

NAMELESS = [
    "",
    "@",
    "a@",
    "@example.org",
    "other.example.org",
    "dev@other.example.org",
    "dev\0",
    "\ud800",
    "x" * 10_000,
    "%",
]
IDS = ["empty", "at", "no host", "no name", "other", "other host", "NUL", "surrogate", "long", "percent"]


@pytest.mark.parametrize("name", ["dev.example.org", "dev@example.org", "Dev.Example.ORG", "DEV@EXAMPLE.ORG"])
def test_a_list_by_each_of_its_names(db: None, name: str) -> None:
    mlist = make_list("dev")
    assert list_of(name) == mlist


def test_a_domain_in_any_letter_case(db: None) -> None:
    domain = make_list("dev").domain
    assert domain_of("Example.ORG") == domain


@pytest.mark.parametrize("name", NAMELESS, ids=IDS)
def test_what_names_nothing(db: None, name: str) -> None:
    make_list("dev")
    with pytest.raises(NotFound):
        list_of(name)
    with pytest.raises(NotFound):
        domain_of(name)
