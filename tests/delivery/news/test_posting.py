"""Posts to newsgroups: each once, whatever the server says and whenever it says nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from archives.models import Letter, Post
from archives.services import housekeeping
from archives.services.redaction import redact
from delivery import tasks
from delivery.enums import NewsState
from delivery.models import Batch, NewsPost, Notice
from delivery.news import posting
from delivery.services import cleaning, invariants, tracing
from lists.enums import ArchivePolicy
from lists.models import MailingList
from lists.services.mailing_lists import change_settings
from suite.common.enums import BellKind
from suite.common.models import Bell
from suite.mail.headers import HeaderBlock, split_letter
from tests.delivery.news.exchanging import exchange, post, posted, site_with_news, wake
from tests.support.factories import make_list, make_member
from tests.support.newsd import News, article
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsd(db: None) -> Iterator[News]:
    with site_with_news() as running:
        yield running


@pytest.fixture
def dev(newsd: News) -> MailingList:
    """dev@example.org, whose posts go to misc.test; bart@example.com is a member."""
    mlist = make_list("dev", gateway_to_news=True, linked_newsgroup="misc.test")
    make_member(mlist, "bart@example.com")
    return mlist


@pytest.mark.feature("core.handler.to-usenet", "core.runner.nntp")
def test_a_post_is_an_article_once(dev: MailingList, newsd: News) -> None:
    arrive(letter(subject="Tea", message_id="tea@example.com", body=".Hello\n"))
    judge_all()
    assert tasks.due("news")

    exchange()
    wake()
    exchange()

    [raw] = newsd.posted
    header, body = split_letter(raw)
    fields = HeaderBlock.parse(header)
    assert (fields.text("Newsgroups"), fields.text("Message-ID"), fields.text("Subject"), body) == (
        "misc.test",
        "<tea@example.com>",
        "[Dev] Tea",
        b"\r\n.Hello\r\n",
    )
    row = NewsPost.objects.get()
    assert (row.state, row.reply, row.letter, bytes(row.header)) == (NewsState.POSTED, "240 thank you", None, b"")
    assert not tasks.due("news")
    assert invariants.complaints() == []


def test_what_waits_is_written_with_the_post_and_rung_for(dev: MailingList) -> None:
    post("Tea")

    row = NewsPost.objects.get()
    assert row.letter == Post.objects.get().letter
    assert (row.state, Batch.objects.count()) == (NewsState.WAITING, 1)


@pytest.mark.django_db(transaction=True)
def test_the_bell_is_rung_after_the_commit(dev: MailingList) -> None:
    post("Tea")

    assert Bell.objects.get(kind=BellKind.NEWS).rung


def test_posts_go_in_their_order_by_one_connection(dev: MailingList, newsd: News) -> None:
    post("One", "Two", "Three")

    exchange()

    assert posted(newsd) == ["[Dev] One", "[Dev] Two", "[Dev] Three"]
    assert newsd.commands.count("MODE READER") == 1


def test_a_held_post_is_no_article_until_it_is_accepted(dev: MailingList) -> None:
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()

    assert not NewsPost.objects.exists()


def test_a_list_without_archive_keeps_the_letter_until_it_is_posted(dev: MailingList, newsd: News) -> None:
    change_settings(dev, archive_policy=ArchivePolicy.NEVER)
    post("Tea", body="Approved: secret\nHello.\n")
    NewsPost.objects.get()

    exchange()

    assert b"secret" not in newsd.posted[0]
    assert newsd.posted[0].endswith(b"Hello.\r\n")


# --- trouble ----------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.runner.nntp")
@pytest.mark.parametrize(
    ("command", "answer"),
    [("greeting", "502 no"), ("MODE", ""), ("HEAD", ""), ("POST", "440 no"), ("POST", "")],
    ids=["greeting", "reader", "head", "forbidden", "gone"],
)
def test_a_server_that_does_not_work_gets_it_later(dev: MailingList, newsd: News, command: str, answer: str) -> None:
    post("One", "Two")
    newsd.answers[command] = answer

    exchange()

    assert not tasks.due("news")
    rows = NewsPost.objects.order_by("pk")
    assert [row.state for row in rows] == [NewsState.WAITING] * 2
    assert all(row.due_at > timezone.now() + timedelta(minutes=4) for row in rows if row.attempts)
    assert sum(line.startswith(("HEAD", "POST")) for line in newsd.commands) <= 2
    newsd.answers.clear()
    wake()
    exchange()
    assert sorted(posted(newsd)) == ["[Dev] One", "[Dev] Two"]


def test_a_refused_connection_is_tried_again(dev: MailingList, newsd: News) -> None:
    post("One", "Two")
    with override_settings(NNTP_URL="nntp://127.0.0.1:1"):
        exchange()
        rows = NewsPost.objects.all()
        assert [(row.state, row.attempts, row.due_at > timezone.now()) for row in rows] == [("waiting", 1, True)] * 2
        assert "cannot connect" in rows[0].reply

    wake()
    exchange()
    assert posted(newsd) == ["[Dev] One", "[Dev] Two"]


def test_an_answer_that_got_lost_makes_no_second_article(dev: MailingList, newsd: News) -> None:
    newsd.answers["posted"] = ""
    post("Tea")
    exchange()
    assert NewsPost.objects.get().state == NewsState.WAITING
    newsd.answers.clear()

    wake()
    exchange()

    assert posted(newsd) == ["[Dev] Tea"]
    row = NewsPost.objects.get()
    assert (row.state, row.reply) == (NewsState.POSTED, posting.THERE)


def test_an_answer_that_got_lost_of_an_article_that_is_not_shown(dev: MailingList, newsd: News) -> None:
    newsd.answers["posted"] = ""
    post("Tea")
    exchange()
    newsd.answers.clear()
    newsd.groups["misc.test"].clear()

    wake()
    exchange()

    assert posted(newsd) == ["[Dev] Tea"]
    assert NewsPost.objects.get().reply == f"{posting.THERE}: 441 435 Duplicate"


@pytest.mark.parametrize("text", ["441 no", "437 too old", "441 header too long"])
def test_a_refusal_is_believed_the_third_time(dev: MailingList, newsd: News, text: str) -> None:
    newsd.answers["refuse"] = text
    post("Tea")
    for tries in (1, 2):
        exchange()
        row = NewsPost.objects.get()
        assert (row.state, row.refusals, row.reply) == (NewsState.WAITING, tries, text)
        wake()

    exchange()

    row = NewsPost.objects.get()
    assert (row.state, row.reply) == (NewsState.REFUSED, f"The news server does not take it: {text}")
    notice = Notice.objects.get(kind="news-not-posted")
    assert (notice.recipient, notice.subject) == ("postmaster@localhost", f"news:{row.pk}")
    assert not tasks.due("news")
    newsd.answers.clear()
    assert posting.retry_now(dev) == 1
    exchange()
    assert posted(newsd) == ["[Dev] Tea"]


def test_a_refused_article_holds_up_no_other(dev: MailingList, newsd: News) -> None:
    post("One", message_id="one@example.com")
    post("Two")
    newsd.answers["refuse one@example.com"] = "441 no"

    exchange()

    assert posted(newsd) == ["[Dev] Two"]
    assert [row.state for row in NewsPost.objects.order_by("pk")] == [NewsState.WAITING, NewsState.POSTED]


def test_after_days_nobody_tries_any_more(dev: MailingList, newsd: News) -> None:
    newsd.answers["POST"] = "440 no"
    post("Tea")
    NewsPost.objects.update(created_at=timezone.now() - timedelta(days=6))

    exchange()

    assert NewsPost.objects.get().state == NewsState.EXPIRED
    assert Notice.objects.filter(kind="news-not-posted").count() == 1


# --- one Message-ID ---------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.runner.nntp")
@pytest.mark.parametrize("shown", [True, False], ids=["shown", "remembered"])
def test_a_letter_to_two_lists_reaches_both_newsgroups(dev: MailingList, newsd: News, shown: bool) -> None:
    tea = make_list("tea", gateway_to_news=True, linked_newsgroup="alt.tea")
    make_member(tea, "bart@example.com")
    newsd.groups["alt.tea"] = {}
    arrive(letter(to="dev@example.org, tea@example.org", message_id="one@example.com"), dev.posting_address)
    judge_all()
    exchange()
    arrive(letter(to="dev@example.org, tea@example.org", message_id="one@example.com"), tea.posting_address)
    judge_all()
    if not shown:
        newsd.groups["misc.test"].clear()

    exchange()

    ids = [HeaderBlock.parse(split_letter(raw)[0]).text("Message-ID") for raw in newsd.posted]
    assert ids[0] == "<one@example.com>"
    assert ids[1].endswith("@example.org>")
    assert [len(newsd.groups["alt.tea"]), len(newsd.posted)] == [1, 2]
    rows = NewsPost.objects.order_by("pk")
    assert [f"<{row.message_id}>" for row in rows] == ids
    NewsPost.objects.filter(pk=rows[1].pk).delete()  # a worker that had no time to write it down
    arrive(letter(to="tea@example.org", message_id="one@example.com", subject="again"), tea.posting_address)
    judge_all()
    exchange()
    assert [len(newsd.posted), {row.state for row in rows.all()}] == [2, {NewsState.POSTED}]


def test_what_its_author_has_posted_himself_is_there(dev: MailingList, newsd: News) -> None:
    newsd.add(article(message_id="<both@example.com>"))
    post("Tea", message_id="both@example.com")

    exchange()

    assert newsd.posted == []
    assert NewsPost.objects.get().reply == posting.THERE


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_a_redacted_post_goes_to_no_newsgroup(dev: MailingList, newsd: News) -> None:
    post("Tea")
    redact(Post.objects.get(), by="anne")

    exchange()

    assert newsd.posted == []
    Letter.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert housekeeping.sweep_letters() >= 0


def test_rows_are_forgotten_in_time(dev: MailingList, newsd: News) -> None:
    post("One", "Two")
    exchange()
    NewsPost.objects.update(ended_at=timezone.now() - timedelta(days=31))
    post("Three")

    assert cleaning.sweep_news() == 2
    assert NewsPost.objects.get().state == NewsState.WAITING


def test_the_trace_tells_of_it(dev: MailingList, newsd: News) -> None:
    post("Tea", message_id="tea@example.com")
    exchange()

    [arrival] = tracing.find("tea@example.com")
    [step] = [step for step in tracing.story(arrival) if step.what == "newsgroup"]
    assert (step.details["newsgroup"], step.details["state"], step.details["reply"]) == (
        "misc.test",
        "posted",
        "240 thank you",
    )


def test_without_news_server_nothing_is_asked(dev: MailingList, django_assert_num_queries: object) -> None:
    post("Tea")
    with override_settings(NNTP_URL=""), django_assert_num_queries(0):  # type: ignore[operator]
        assert not tasks.due("news")
        assert not tasks.attended("news")
        exchange()
