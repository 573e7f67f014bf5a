"""Header checks written by command: tried against a message first, kept in order, and quick whatever they meet."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from lists import patterns
from lists.enums import Action
from lists.models import MailingList
from moderation import chains
from moderation.errors import DuplicateFilter
from moderation.services import filters
from suite.common.models import Event
from tests.support.letters import make_candidate, make_letter

pytestmark = [pytest.mark.django_db, pytest.mark.feature("ext.regex-filters")]

SAMPLE = make_letter("Dora <dora@example.com>", "Cheap watches", "X-Mailer: Spammer 2.0")


@pytest.fixture
def sample(tmp_path: Path) -> str:
    path = tmp_path / "sample.eml"
    path.write_bytes(SAMPLE)
    return str(path)


def command(*words: str) -> str:
    out = StringIO()
    call_command("filters", *words, stdout=out)
    return out.getvalue()


def rows(mlist: MailingList) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(command("list", mlist.list_id, "--json"))
    return found


@pytest.mark.parametrize(
    ("header", "pattern", "found"),
    [
        ("Subject", "cheap", "Cheap watches"),
        ("x-mailer", r"spammer \d", "Spammer 2.0"),
        (":sender", "^dora@", "dora@example.com"),
        (":text", "the tea", "Who makes the tea?"),
    ],
)
def test_a_check_is_tried_against_a_message(header: str, pattern: str, found: str, sample: str) -> None:
    assert command("try", header, pattern, "--sample", sample) == f"Found: {found}\n"
    with pytest.raises(CommandError, match="finds nothing"):
        command("try", header, "no such thing", "--sample", sample)


def test_what_does_not_find_its_sample_is_not_added(dev: MailingList, sample: str) -> None:
    with pytest.raises(CommandError, match="finds nothing"):
        command("add", "dev@example.org", "Subject", "expensive", "--sample", sample)

    assert rows(dev) == []


@pytest.mark.parametrize(
    ("header", "pattern"), [("Subject", "("), ("Subject", "^(?=x)"), ("Sub ject", "x"), (":body", "x"), ("", "x")]
)
def test_what_is_no_check_is_refused(header: str, pattern: str, dev: MailingList) -> None:
    with pytest.raises(CommandError):
        command("add", "dev@example.org", header, pattern)

    assert rows(dev) == []


def test_checks_keep_their_order_and_the_first_decides(dev: MailingList, sample: str) -> None:
    command("add", "dev@example.org", "Subject", "cheap", "--action", "discard", "--sample", sample)
    command("add", "dev@example.org", ":sender", "^dora@", "--action", "reject", "--position", "1")
    command("add", "dev@example.org", "x-mailer", "spam")

    assert [(row["position"], row["header"], row["action"]) for row in rows(dev)] == [
        (1, ":sender", "reject"),
        (2, "subject", "discard"),
        (3, "x-mailer", "(default)"),
    ]
    assert chains.run("default-posting-chain", make_candidate(dev, SAMPLE), dev).disposition.value == "reject"
    command("remove", "dev@example.org", "1")
    assert chains.run("default-posting-chain", make_candidate(dev, SAMPLE), dev).disposition.value == "discard"
    assert [row["position"] for row in rows(dev)] == [1, 2]
    with pytest.raises(CommandError, match="no header check 3"):
        command("remove", "dev@example.org", "3")
    kinds = Event.objects.filter(kind__startswith="filter.").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["filter.added"] * 3 + ["filter.removed"]


def test_the_same_check_twice_is_refused(dev: MailingList) -> None:
    filters.add(dev, "Subject", "cheap", Action.HOLD)

    with pytest.raises(DuplicateFilter):
        filters.add(dev, "subject", "cheap", Action.DISCARD)


def test_a_slow_pattern_is_found_out_when_it_is_tried() -> None:
    patterns._resting.clear()
    hostile = make_letter("Dora <dora@example.com>", "a" * 60 + "!")

    with pytest.raises(ValidationError, match="too long"):
        filters.try_out("subject", "^(?#imported)(a|aa)+$", hostile)
    assert filters.try_out("subject", "^(a+)+$", hostile) is None
    patterns._resting.clear()
