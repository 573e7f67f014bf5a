"""manage.py news, and what `manage.py check` says of newsgroups."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from archives.models import Arrival
from delivery.checks import check_news_server, check_newsgroups
from lists.models import MailingList
from suite.common.models import Event
from tests.delivery.news.exchanging import exchange, post, posted, site_with_news, subjects, wake, watermark
from tests.support.factories import make_list, make_member
from tests.support.newsd import News, article

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsd(db: None) -> Iterator[News]:
    with site_with_news() as running:
        yield running


@pytest.fixture
def dev(newsd: News) -> MailingList:
    mlist = make_list("dev", gateway_to_mail=True, gateway_to_news=True, linked_newsgroup="misc.test")
    make_member(mlist, "bart@example.com")
    make_list("quiet")
    return mlist


def run(*words: str) -> str:
    out = StringIO()
    call_command("news", *words, stdout=out, stderr=out)
    return out.getvalue()


def state(*words: str) -> dict[str, Any]:
    [row] = json.loads(run("--json", *words))
    return {name: value for name, value in row.items() if name != "polled"}


def test_it_shows_the_lists_that_are_joined(dev: MailingList) -> None:
    names, row = (line.split() for line in run().splitlines())

    assert names[:5] == ["list", "newsgroup", "to_news", "to_mail", "watermark"]
    assert row == ["dev.example.org", "misc.test", "True", "True", "0", "0", "0"]
    assert run("quiet@example.org").splitlines()[1].split()[0] == "quiet.example.org"


def test_poll_does_both_at_once(dev: MailingList, newsd: News) -> None:
    run("--poll")
    post("From mail")
    newsd.add(article("From news"))

    assert state("--poll") == {
        "list": "dev.example.org",
        "newsgroup": "misc.test",
        "to_news": True,
        "to_mail": True,
        "watermark": 2,
        "waiting": 0,
        "posted": 1,
        "failed": 0,
        "trouble": "",
    }
    assert (sorted(subjects()), posted(newsd)) == (["From mail", "From news"], ["[Dev] From mail"])


def test_watermark_and_catch_up(dev: MailingList, newsd: News) -> None:
    for number in range(4):
        newsd.add(article(f"Tea {number}"))

    run("dev@example.org", "--watermark", "3", "--poll")
    assert (watermark(), subjects()) == (4, ["Tea 3"])
    newsd.add(article("Late"))
    assert state("dev.example.org", "--catch-up")["watermark"] is None
    exchange()
    assert (watermark(), Arrival.objects.count()) == (5, 1)
    kinds = Event.objects.filter(kind__startswith="news.").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["news.watermark-set", "news.catch-up", "news.caught-up"]


def test_what_the_server_refused_is_tried_again(dev: MailingList, newsd: News) -> None:
    post("Tea")
    newsd.answers["refuse"] = "441 no"
    for _ in range(3):
        exchange()
        wake()
    told = state()
    assert (told["failed"], told["trouble"]) == (1, "The news server does not take it: 441 no")
    newsd.answers.clear()

    assert state("dev.example.org", "--retry", "--poll")["posted"] == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--catch-up",), "Name the lists"),
        (("--watermark", "3"), "Name the lists"),
        (("--retry",), "Name the lists"),
        (("dev@example.org", "--watermark", "-1"), "number of an article"),
        (("quiet@example.org", "--watermark", "1"), "joined to no newsgroup"),
        (("none@example.org",), "none@example.org"),
    ],
    ids=["catch-up", "watermark", "retry", "negative", "not-joined", "no-list"],
)
def test_wishes_that_cannot_be_met(dev: MailingList, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        run(*words)


def test_without_news_server_nothing_can_be_fetched(dev: MailingList) -> None:
    with override_settings(NNTP_URL=""), pytest.raises(CommandError, match="There is no news server"):
        run("--poll")


def test_a_url_that_cannot_be_read_is_told_at_start() -> None:
    with override_settings(NNTP_URL="http://anne:secret@h"):
        [problem] = check_news_server(None)
        assert (problem.id, "secret" in problem.msg) == ("delivery.E010", False)
    with override_settings(NNTP_URL="nntps://anne:secret@h"):
        assert check_news_server(None) == []


def test_lists_without_news_server_are_named(dev: MailingList) -> None:
    assert check_newsgroups(["default"]) == []
    with override_settings(NNTP_URL=""):
        [problem] = check_newsgroups(["default"])
        assert (problem.id, problem.msg) == (
            "delivery.W010",
            "Lists are joined to newsgroups and there is no news server: dev.example.org.",
        )
        assert check_newsgroups(None) == []
