"""manage.py digests."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from delivery.models import DigestIssue
from lists.models import MailingList
from suite.common.models import Event
from tests.support.digests import MIME, deliver, post
from tests.support.factories import make_list, make_member
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists() -> list[MailingList]:
    """dev and manual have a post each, quiet has none; manual is not for the schedule."""
    found = [
        make_list(name, digest_size_threshold=0, digest_send_periodic=name != "manual") for name in ("dev", "manual")
    ]
    for mlist in found:
        make_member(mlist, "bart@example.com", **MIME)
        arrive(letter(to=mlist.posting_address), mlist.posting_address)
        judge_all()
    return [*found, make_list("quiet")]


def run(*words: str) -> str:
    out = StringIO()
    call_command("digests", *words, stdout=out, stderr=out)
    return out.getvalue()


def done(*words: str) -> dict[str, Any]:
    return {answer["list_id"]: answer["done"] for answer in json.loads(run("--json", *words))}


def test_without_options_it_shows_what_is_collected(lists: list[MailingList]) -> None:
    rows = [line.split() for line in run().splitlines()]

    assert [row[:4] for row in rows] == [
        ["list", "volume", "issue", "posts"],
        ["dev.example.org", "1", "1", "1"],
        ["manual.example.org", "1", "1", "1"],
        ["quiet.example.org", "1", "1", "0"],
    ]
    assert not DigestIssue.objects.exists()


@pytest.mark.feature("cli.digests")
def test_send_sends_what_there_is(lists: list[MailingList]) -> None:
    assert done("--send") == {
        "dev.example.org": "Vol 1, Issue 1 is sent",
        "manual.example.org": "Vol 1, Issue 1 is sent",
        "quiet.example.org": "",
    }
    assert [recipient for recipient, _ in deliver()] == ["bart@example.com"] * 2
    assert done("--send") == dict.fromkeys(("dev.example.org", "manual.example.org", "quiet.example.org"), "")
    assert set(Event.objects.filter(kind="digest.closed").values_list("actor", flat=True)) == {"manage.py digests"}


@pytest.mark.feature("cli.digests")
def test_periodic_leaves_out_lists_that_do_not_want_it(lists: list[MailingList]) -> None:
    assert done("--periodic")["manual.example.org"] == ""
    assert DigestIssue.objects.get().mlist == lists[0]


@pytest.mark.feature("cli.digests")
def test_one_list_and_bump(lists: list[MailingList]) -> None:
    assert done("-l", "manual@example.org", "--bump", "--send") == {
        "manual.example.org": "volume 2 begins; Vol 2, Issue 1 is sent"
    }
    assert DigestIssue.objects.get().mlist == lists[1]
    assert done("-l", "quiet.example.org", "-b") == {"quiet.example.org": "volume 2 begins"}


@pytest.mark.feature("cli.digests")
@pytest.mark.parametrize("words", [("--send",), ("--periodic",), ("--bump", "--send")])
def test_a_dry_run_says_the_same_and_does_nothing(lists: list[MailingList], words: tuple[str, ...]) -> None:
    said = done("-l", "dev@example.org", "-n", *words)["dev.example.org"]

    assert not DigestIssue.objects.exists()
    assert not Event.objects.filter(kind__startswith="digest.").exists()
    assert said == f"not done: {done('-l', 'dev@example.org', *words)['dev.example.org']}"


@pytest.mark.feature("cli.digests")
def test_send_and_periodic_exclude_each_other(lists: list[MailingList]) -> None:
    with pytest.raises(CommandError, match="exclude each other"):
        run("--send", "--periodic")


def test_unknown_list(db: None) -> None:
    with pytest.raises(CommandError, match="There is no list nonsense"):
        run("-l", "nonsense@example.org")


def test_a_list_named_twice_is_worked_on_once(lists: list[MailingList]) -> None:
    post("Two")
    run("-l", "dev@example.org", "-l", "dev.example.org", "--send")

    assert DigestIssue.objects.count() == 1
