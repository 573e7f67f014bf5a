"""How far a newsgroup was fetched, and where a look begins."""

from collections.abc import Iterator
from typing import Any

import pytest

from archives.models import Arrival
from delivery import tasks
from delivery.models import NewsFeed, NewsPost
from delivery.news import polling
from lists.models import MailingList
from lists.services.mailing_lists import change_settings, delete_list
from suite.common.models import Event
from tests.delivery.news.exchanging import exchange, post, site_with_news, subjects, wake, watermark
from tests.support.factories import make_list, make_member
from tests.support.newsd import News, article
from tests.support.posting import judge_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsd(db: None) -> Iterator[News]:
    with site_with_news() as running:
        yield running


@pytest.fixture
def dev(newsd: News) -> MailingList:
    """dev@example.org, which gets and feeds misc.test and has looked into it; bart@example.com is a member."""
    mlist = make_list("dev", gateway_to_mail=True, gateway_to_news=True, linked_newsgroup="misc.test")
    make_member(mlist, "bart@example.com")
    exchange()
    return mlist


def poll() -> None:
    """The next round, and the judge."""
    wake()
    exchange()
    judge_all()


@pytest.mark.feature("core.nntp.gate")
def test_the_first_look_fetches_nothing(newsd: News) -> None:
    for number in range(300):
        newsd.add(article("Old", number=number))
    make_list("dev", gateway_to_mail=True, linked_newsgroup="misc.test")
    assert tasks.due("news")

    exchange()

    assert (watermark(), Arrival.objects.count()) == (300, 0)
    assert not [line for line in newsd.commands if line.startswith("ARTICLE")]
    assert not tasks.due("news")
    newsd.add(article("New"))
    poll()
    assert (watermark(), subjects()) == (301, ["New"])


def test_another_newsgroup_begins_with_a_first_look(dev: MailingList, newsd: News) -> None:
    newsd.add(article("Tea"))
    poll()
    for number in range(7):
        newsd.add(article("Cake", number=number, newsgroups="alt.cake"))
    change_settings(dev, linked_newsgroup="alt.cake")

    poll()

    assert (watermark(), subjects()) == (7, ["Tea"])
    newsd.add(article("Cake", number=8, newsgroups="alt.cake"))
    poll()
    assert subjects() == ["Tea", "Cake"]


def test_another_server_begins_with_a_first_look(dev: MailingList, newsd: News) -> None:
    with site_with_news() as other:
        for number in range(3):
            other.add(article("Elsewhere", number=number))
        poll()

        assert (watermark(), Arrival.objects.count()) == (3, 0)


def test_a_server_that_numbers_anew_floods_nobody(dev: MailingList, newsd: News) -> None:
    newsd.add(article("Tea"), number=500)
    poll()
    newsd.groups["misc.test"], newsd.highest = {}, {}
    newsd.add(article("Old"))

    poll()

    assert (watermark(), subjects()) == (1, ["Tea"])
    assert [event.data["number"] for event in Event.objects.filter(kind="news.caught-up").order_by("pk")] == [0, 1]


def test_an_empty_group_that_counts_from_nothing_keeps_its_place(dev: MailingList, newsd: News) -> None:
    newsd.add(article("Tea"), number=500)
    poll()
    newsd.answers["GROUP"] = "211 0 0 0 misc.test"

    poll()

    assert watermark() == 500


def test_set_by_hand_old_articles_come(newsd: News) -> None:
    for number in range(5):
        newsd.add(article(f"Old {number}"))
    mlist = make_list("dev", gateway_to_mail=True, linked_newsgroup="misc.test")

    polling.set_watermark(mlist, 2)
    poll()

    assert subjects() == ["Old 2", "Old 3", "Old 4"]
    polling.set_watermark(MailingList.objects.get(), 0)
    poll()
    assert subjects() == ["Old 2", "Old 3", "Old 4", "Old 0", "Old 1"]


def test_two_who_look_keep_an_article_once(dev: MailingList, newsd: News) -> None:
    newsd.add(article("Tea"))
    target = polling.server()
    assert target is not None
    first, second = (MailingList.objects.select_related("domain").get() for _ in range(2))
    with polling.NewsSession.connect(target) as session:
        assert polling._look(session, target, first, deadline=1e12)
        Arrival.objects.update(message_id="", repeat_key=None)

        with pytest.raises(polling.Elsewhere):
            polling._look(session, target, second, deadline=1e12)
    assert Arrival.objects.count() == 1


@pytest.mark.parametrize("values", [{"gateway_to_mail": False}, {"linked_newsgroup": ""}], ids=["unwanted", "no-group"])
def test_a_list_that_is_not_joined_is_not_looked_into(dev: MailingList, newsd: News, values: dict[str, Any]) -> None:
    change_settings(dev, **values)
    newsd.add(article("Tea"))
    wake()

    assert not tasks.due("news")
    exchange()
    assert Arrival.objects.count() == 0


def test_a_deleted_list_takes_its_rows_along(dev: MailingList, newsd: News) -> None:
    post("Tea")
    delete_list(dev)

    assert (NewsFeed.objects.count(), NewsPost.objects.count()) == (0, 0)
