"""The system checks see what is wrong with a table."""

import pytest
from django.core.checks import run_checks
from pytest_django.fixtures import Settings

from moderation.chains import CHAINS, Chain, Link, LinkAction
from moderation.checks import check_chains, check_rules
from moderation.registry import RULES
from moderation.rules.loop import Loop
from moderation.verdicts import Disposition

ENDS: dict[str, Chain] = {disposition.value: disposition for disposition in Disposition}
NAMES = {rule.name for rule in RULES}


class Truth(Loop):
    name = "truth"


def test_our_own_tables_are_sound() -> None:
    assert run_checks(tags=["moderation"]) == []


def test_every_rule_stands_in_some_chain() -> None:
    asked = {link.rule for chain in CHAINS.values() if isinstance(chain, tuple) for link in chain}

    assert asked - {"any", "truth"} == NAMES


def test_two_rules_of_one_name() -> None:
    assert [error.id for error in check_rules([Loop(), Loop()])] == ["moderation.E001"]


def test_rule_called_like_a_condition() -> None:
    assert [error.id for error in check_rules([Truth()])] == ["moderation.E002"]


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        (Link("no-such-rule", LinkAction.DEFER), "moderation.E003"),
        (Link("loop", LinkAction.JUMP, "no-such-chain"), "moderation.E004"),
        (Link("loop", LinkAction.DETOUR), "moderation.E004"),
        (Link("loop", LinkAction.RUN), "moderation.E005"),
        (Link("loop", LinkAction.DEFER, "accept"), "moderation.E005"),
        (Link("loop", LinkAction.JUMP, "accept", lambda letter, mlist, found: ""), "moderation.E005"),
        (Link("loop", LinkAction.DETOUR, "test"), "moderation.E007"),
    ],
)
def test_link_that_leads_astray(link: Link, wrong: str) -> None:
    assert [error.id for error in check_chains({**ENDS, "test": (link,)}, NAMES)] == [wrong]


def test_end_that_ends_otherwise() -> None:
    errors = check_chains({**ENDS, "discard": Disposition.ACCEPT}, NAMES)

    assert [error.id for error in errors] == ["moderation.E006"]


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("HEADER_CHECKS", "# spam\nX-Spam: yes\n", []),
        ("HEADER_CHECKS", "X-Spam", ["moderation.E008"]),
        ("HEADER_CHECKS", "X-Spam: (", ["moderation.E008"]),
        ("HEADER_CHECKS_ACTION", "discard", []),
        ("HEADER_CHECKS_ACTION", "defer", ["moderation.E009"]),
        ("SENDER_HEADERS", ["from", "from_", "x-sender"], []),
        ("SENDER_HEADERS", ["from:"], ["moderation.E010"]),
        ("SENDER_HEADERS", [], ["moderation.E010"]),
    ],
)
def test_site_settings(name: str, value: object, wrong: list[str], settings: Settings) -> None:
    setattr(settings, name, value)

    assert [error.id for error in run_checks(tags=["moderation"])] == wrong
