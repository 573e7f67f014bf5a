"""A worker dies while news are exchanged; another comes. Each article and each post is there once."""

import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from archives.models import Arrival, Post
from delivery import tasks
from delivery.enums import NewsState
from delivery.models import NewsFeed, NewsPost
from delivery.services import invariants
from lists.models import MailingList
from tests.delivery.news.exchanging import exchange, post, posted, site_with_news, subjects, wake, watermark
from tests.support.commands import start
from tests.support.factories import make_list, make_member
from tests.support.newsd import News, article
from tests.support.posting import arrive, judge_all, letter
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def newsd() -> Iterator[News]:
    with site_with_news() as running:
        yield running


@pytest.fixture
def dev(newsd: News) -> MailingList:
    mlist = make_list("dev", gateway_to_mail=True, gateway_to_news=True, linked_newsgroup="misc.test")
    make_member(mlist, "bart@example.com")
    exchange()
    return mlist


def die_at(failpoint: str, newsd: News, kind: str = "news") -> None:
    """A process of its own that is killed there."""
    with start("drain", kind, POSTHOUSE_FAILPOINTS=f"{failpoint}=kill", POSTHOUSE_NNTP_URL=newsd.url) as process:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL


@pytest.mark.feature("core.handler.to-usenet")
def test_posted_and_not_written_down_is_posted_once(dev: MailingList, newsd: News) -> None:
    post("Tea")
    die_at("news.posted", newsd)
    assert posted(newsd) == ["[Dev] Tea"]
    row = NewsPost.objects.get()
    assert (row.state, row.attempts, tasks.due("news"), tasks.attended("news")) == (NewsState.WAITING, 1, False, True)

    wake()
    exchange()

    assert posted(newsd) == ["[Dev] Tea"]
    assert NewsPost.objects.get().state == NewsState.POSTED
    assert invariants.complaints() == []


@pytest.mark.feature("core.handler.to-usenet")
@pytest.mark.parametrize("failpoint", ["journey.before-commit", "journey.in-commit"])
def test_post_and_article_come_together_or_not_at_all(dev: MailingList, newsd: News, failpoint: str) -> None:
    arrive(letter(subject="Tea"))
    die_at(failpoint, newsd, "judge")
    assert (Post.objects.count(), NewsPost.objects.count()) == (0, 0)

    judge_all()
    exchange()

    assert (Post.objects.count(), posted(newsd)) == (1, ["[Dev] Tea"])


@pytest.mark.feature("core.nntp.gate")
@pytest.mark.parametrize(("failpoint", "kept"), [("news.in-commit", 0), ("news.kept", 20)])
def test_dying_while_articles_are_kept_keeps_each_once(
    dev: MailingList, newsd: News, failpoint: str, kept: int
) -> None:
    for number in range(30):
        newsd.add(article(f"Tea {number}"))
    wake()
    die_at(failpoint, newsd)
    assert (watermark(), Arrival.objects.count()) == (kept, kept)
    assert NewsFeed.objects.get().due_at > timezone.now() + timedelta(minutes=2)

    wake()
    exchange()

    assert subjects() == [f"Tea {number}" for number in range(30)]
    assert watermark() == 30
