"""Articles of newsgroups that become posts: each once, and none that is ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from archives.enums import Origin, State
from archives.models import Arrival, Post
from delivery.models import NewsFeed, Notice
from delivery.news import polling
from delivery.services import invariants
from lists.enums import NewsgroupModeration
from lists.models import MailingList
from lists.services.bans import ban
from lists.services.mailing_lists import change_settings
from moderation.models import HeldMessage
from suite.common.failpoints import armed
from suite.mail.headers import HeaderBlock, split_letter
from tests.delivery.news.exchanging import exchange, post, posted, site_with_news, subjects, wake, watermark
from tests.support.factories import make_list, make_member
from tests.support.newsd import News, article
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

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
def test_an_article_becomes_a_post_once(dev: MailingList, newsd: News) -> None:
    newsd.add(article("Tea", to="all of you", body=".Hello\n"))

    poll()
    poll()

    arrival = Arrival.objects.get()
    assert (arrival.origin, arrival.sender, arrival.recipient, arrival.state, arrival.message_id) == (
        Origin.NEWS,
        "",
        "dev@example.org",
        State.DISTRIBUTED,
        "tea0@news.example",
    )
    assert Post.objects.get().subject == "Tea"
    with relay() as server:
        send_all()
    [mail] = server.mails
    header, body = split_letter(mail.content)
    fields = HeaderBlock.parse(header)
    assert (
        fields.text("From"),
        fields.text("To"),
        fields.text("X-Originally-To"),
        fields.text("Subject"),
        body[:11],
    ) == (
        "Nora <nora@news.example>",
        "dev@example.org",
        "all of you",
        "[Dev] Tea",
        b"\r\n.Hello\r\n_",
    )
    assert invariants.complaints() == []


@pytest.mark.feature("core.nntp.gate", "core.handler.to-usenet")
def test_what_came_from_either_side_stays_on_the_other(dev: MailingList, newsd: News) -> None:
    newsd.add(article("From news"))
    post("From mail")

    for _ in range(3):
        poll()

    assert sorted(subjects()) == ["From mail", "From news"]
    assert posted(newsd) == ["[Dev] From mail"]
    assert watermark() == 2


def test_our_articles_are_known_again_without_list_id(dev: MailingList, newsd: News) -> None:
    post("Tea")
    exchange()
    [(number, ours)] = newsd.groups["misc.test"].items()
    newsd.groups["misc.test"][number] = ours.replace(b"List-Id: <dev.example.org>\r\n", b"")
    Arrival.objects.update(message_id="")

    poll()

    assert Arrival.objects.count() == 1


@pytest.mark.parametrize(("state", "comes"), [(State.DISTRIBUTED, False), (State.HELD, False), (State.REJECTED, True)])
def test_what_came_by_mail_does_not_come_again(dev: MailingList, newsd: News, state: State, comes: bool) -> None:
    arrive(letter(subject="By mail", message_id="both@example.com"))
    Arrival.objects.update(state=state)
    newsd.add(article("By news", message_id="<both@example.com>"))

    wake()
    exchange()

    assert subjects() == ["By mail", "By news"][: 1 + comes]


def test_control_messages_stay_where_they_are(dev: MailingList, newsd: News) -> None:
    newsd.add(article("cmsg cancel <a@b>"))
    newsd.add(article("Bye", control="cancel <a@b>"))

    poll()

    assert (watermark(), Arrival.objects.count()) == (2, 0)


@pytest.mark.parametrize("listgroup", [True, False])
def test_gaps_are_passed_over(dev: MailingList, newsd: News, listgroup: bool) -> None:
    newsd.no_listgroup = not listgroup
    newsd.add(article("One"), number=3)
    newsd.add(article("Two"), number=1500 if listgroup else 40)

    poll()

    assert subjects() == ["One", "Two"]
    assert watermark() == max(newsd.groups["misc.test"])


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"\0\r\n",
        b"no header at all",
        b"\xff\xfe: \x80\r\n\r\n\x80",
        b"From: x\r\nSubject: =?x?q?y\r\n\r\n",
        b"\r\n.\r\n",
    ],
    ids=["empty", "nul", "text", "octets", "broken", "dot"],
)
def test_a_malformed_article_stops_nobody(dev: MailingList, newsd: News, odd: bytes) -> None:
    newsd.add(odd, groups=("misc.test",))
    newsd.add(article("Next"))

    poll()

    assert watermark() == 2
    assert subjects()[-1] == "Next"
    assert not Arrival.objects.filter(state=State.SHUNTED).exists()


def test_too_large_an_article_is_left_out(dev: MailingList, newsd: News) -> None:
    newsd.add(article("Large", body="x" * 2000 + "\n"))
    newsd.add(article("Next"))

    with override_settings(MESSAGE_SIZE_LIMIT=1000):
        poll()

    assert (watermark(), subjects()) == (2, ["Next"])


def test_many_articles_come_in_pieces(dev: MailingList, newsd: News) -> None:
    for number in range(50):
        newsd.add(article(f"Tea {number}"))

    poll()

    assert subjects() == [f"Tea {number}" for number in range(50)]


def test_a_drain_whose_time_is_up_leaves_the_rest_to_the_next(dev: MailingList, newsd: News) -> None:
    for number in range(50):
        newsd.add(article(f"Tea {number}"))
    wake()

    polling.work(0.0)
    assert Arrival.objects.count() == 0
    with override_settings(NNTP_POLL_MINUTES=60):
        target = polling.server()
        assert target is not None
        mlist = MailingList.objects.select_related("domain").get()
        with polling.NewsSession.connect(target) as session:
            assert polling._look(session, target, mlist, deadline=0.0) is False
    assert (watermark(), Arrival.objects.count()) == (20, 20)
    poll()
    assert (watermark(), Arrival.objects.count()) == (50, 50)


# --- judged as mail is ------------------------------------------------------------------------------------------------


def test_who_writes_in_the_group_need_be_no_member(dev: MailingList, newsd: News) -> None:
    newsd.add(article("Tea"))
    arrive(letter(sender="nora@news.example", subject="By mail"), sender="nora@news.example")

    poll()

    assert {arrival.origin: arrival.state for arrival in Arrival.objects.all()} == {
        Origin.LMTP: State.HELD,
        Origin.NEWS: State.DISTRIBUTED,
    }


def test_bans_and_moderation_count_for_articles(dev: MailingList, newsd: News) -> None:
    ban("nora@news.example", dev)
    newsd.add(article("Banned"))
    newsd.add(article("Forged", approved="dev@example.org", author="Dora <dora@example.com>"))
    change_settings(dev, newsgroup_moderation=NewsgroupModeration.MODERATED)

    poll()

    assert [arrival.state for arrival in Arrival.objects.order_by("pk")] == [State.DISCARDED, State.HELD]


def test_the_moderators_password_counts_for_nothing_in_a_group(dev: MailingList, newsd: News) -> None:
    change_settings(dev, moderator_password="secret", emergency=True)
    newsd.add(article("Tea", approved="secret"))

    poll()

    assert HeldMessage.objects.count() == 1


def test_nobody_is_answered_by_mail(dev: MailingList, newsd: News) -> None:
    change_settings(dev, emergency=True, autorespond_postings=2, autoresponse_postings_text="Thank you.")
    newsd.add(article("Tea"))

    poll()

    assert HeldMessage.objects.count() == 1
    assert not Notice.objects.filter(recipient__contains="nora").exists()


# --- trouble ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "answer", "why"),
    [
        ("greeting", "400 full", "does not let us in"),
        ("GROUP", "411 none", "has no newsgroup misc.test"),
        ("GROUP", "502 not for you", "has no newsgroup misc.test"),
        ("LISTGROUP", "", "has closed"),
        ("ARTICLE", "", "has closed"),
        ("ARTICLE", "403 broken", "answered ARTICLE with 403"),
    ],
    ids=["full", "no-group", "forbidden", "gone", "gone-later", "broken"],
)
def test_a_look_that_fails_is_repeated_later(
    dev: MailingList, newsd: News, command: str, answer: str, why: str
) -> None:
    newsd.add(article("Tea"))
    newsd.answers[command] = answer
    wake()

    exchange()

    feed = NewsFeed.objects.get()
    assert why in feed.last_error
    assert feed.due_at > timezone.now()
    assert (watermark(), Arrival.objects.count()) == (0, 0)
    newsd.answers.clear()
    poll()
    assert (subjects(), NewsFeed.objects.get().last_error) == (["Tea"], "")


def test_one_lists_trouble_is_not_anothers(dev: MailingList, newsd: News) -> None:
    make_list("tea", gateway_to_mail=True, linked_newsgroup="alt.none")
    newsd.add(article("Tea"))

    poll()

    assert subjects() == ["Tea"]
    assert "no newsgroup alt.none" in NewsFeed.objects.get(mlist__list_id="tea.example.org").last_error


@pytest.mark.parametrize(("trap", "come"), [("raise:once", ["One", "Two"]), ("raise", [])], ids=["together", "alone"])
def test_an_article_that_cannot_be_kept_holds_up_no_other(
    dev: MailingList, newsd: News, trap: str, come: list[str]
) -> None:
    (Path(settings.STATE) / "failpoint-news.keeping").unlink(missing_ok=True)
    for subject in ("One", "Two"):
        newsd.add(article(subject))

    with armed(f"news.keeping={trap}"):
        poll()
    newsd.add(article("Three"))
    poll()

    assert (watermark(), subjects()) == (3, [*come, "Three"])
