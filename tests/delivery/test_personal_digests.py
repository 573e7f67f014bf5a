"""Digests that members get at their own hour."""

import json
from datetime import datetime, timedelta
from email.message import EmailMessage
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.enums import DeliveryStatus
from archives.models import Post
from archives.services.redaction import redact
from delivery import tasks
from delivery.errors import InvalidChoice
from delivery.models import DigestChoice, DigestEntry, MutedThread
from delivery.services import cleaning, digests, issues, personal_digests
from lists.models import MailingList, Membership
from suite.common.enums import BellKind
from suite.common.failpoints import armed
from tests.support.digests import MIME, REGULAR, deliver, post, shown
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db


@pytest.fixture
def dev(db: None) -> MailingList:
    """dev@example.org; bart@example.com and anne@example.com take digests."""
    mlist = make_list("dev", digest_size_threshold=0)
    for name in ("anne", "bart"):
        make_member(mlist, f"{name}@example.com", **MIME)
    return mlist


def member(name: str) -> Membership:
    return Membership.objects.get(address__email=f"{name}@example.com")


def choose(name: str, time_zone: str = "UTC", hour: int = 7, weekday: int | None = None) -> DigestChoice:
    return personal_digests.choose(member(name), time_zone=time_zone, hour=hour, weekday=weekday)


def due(*names: str) -> None:
    """Their hour has come."""
    DigestChoice.objects.filter(membership__address__email__in=[f"{name}@example.com" for name in names]).update(
        next_at=timezone.now() - timedelta(seconds=1)
    )


def own() -> list[tuple[str, EmailMessage]]:
    """Make own digests of those whose hour has come, and send all there is."""
    personal_digests.work()
    return deliver()


def text_of(mail: EmailMessage, kind: str = "text/plain") -> str:
    [found] = [part.get_content() for part in mail.walk() if part.get_content_type() == kind]
    return str(found).replace("\r\n", "\n")


def conversation() -> None:
    """Two conversations: Pears with an answer, and Plums between."""
    arrive(letter(subject="Pears", message_id="pears@example.com", body="I like <pears>.\n"))
    arrive(letter(subject="Plums", message_id="plums@example.com"))
    arrive(letter(subject="Re: Pears", in_reply_to="<pears@example.com>", references="<pears@example.com>"))
    judge_all()


@pytest.mark.feature("beyond.digest-personal")
def test_two_members_in_two_time_zones_at_their_own_hours(dev: MailingList) -> None:
    anne, bart = choose("anne", "Asia/Tokyo", 7), choose("bart", "Europe/Berlin", 20, weekday=6)
    tokyo, berlin = (choice.next_at.astimezone() for choice in (anne, bart))
    assert [(at.minute, at.second) for at in (tokyo, berlin)] == [(0, 0)] * 2
    assert tokyo.utctimetuple().tm_hour == 22
    assert anne.next_at - timezone.now() <= timedelta(days=1)
    assert bart.next_at - timezone.now() <= timedelta(days=7)
    conversation()
    assert own() == []

    due("anne")
    assert [recipient for recipient, _ in own()] == ["anne@example.com"]
    post("Later")
    due("anne", "bart")
    mails = dict(own())
    assert "Pears" not in text_of(mails["anne@example.com"])
    assert "Pears" in text_of(mails["bart@example.com"])
    assert "Later" in text_of(mails["bart@example.com"])
    for choice, weekday in ((anne, None), (bart, 6)):
        again = DigestChoice.objects.get(pk=choice.pk).next_at
        assert again > timezone.now()
        assert weekday is None or again.weekday() == weekday


@pytest.mark.feature("beyond.digest-personal")
def test_it_is_grouped_by_conversations_in_plain_and_html(dev: MailingList, settings: Any) -> None:
    settings.BASE_URL = "https://lists.example.org"
    choose("anne")
    conversation()
    due("anne")

    [(_, mail)] = own()

    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    text, html = text_of(mail), text_of(mail, "text/html")
    assert "   1. Pears (2)\n   2. Plums (1)\n" in text
    assert [line for line in text.splitlines() if line in ("1. Pears", "2. Plums") or "Bart," in line] == [
        "1. Pears",
        *[line for line in text.splitlines() if "Bart," in line][:2],
        "2. Plums",
        *[line for line in text.splitlines() if "Bart," in line][2:],
    ]
    assert "I like <pears>." in text
    assert "I like &lt;pears&gt;." in html
    assert html.count("<h2") == 2
    link = 'href="mailto:dev@example.org?subject=Re%3A%20%5BDev%5D%20Pears&amp;In-Reply-To=%3Cpears%40example.com%3E"'
    assert link in html
    assert f"/message/{Post.objects.get(message_id='plums@example.com').message_id_hash}/" in html
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<dev.example.org>"
    assert b"=#" not in mail.as_bytes()


@pytest.mark.feature("beyond.digest-personal")
def test_muted_conversations_are_left_out(dev: MailingList) -> None:
    choose("anne")
    conversation()
    personal_digests.mute(member("anne"), Post.objects.get(message_id="pears@example.com"))
    due("anne")

    [(_, mail)] = own()
    assert "   1. Plums (1)\n" in text_of(mail)
    assert "Pears" not in text_of(mail)
    arrive(letter(subject="Re: Pears", in_reply_to="<pears@example.com>"))
    judge_all()
    due("anne")
    assert own() == []
    personal_digests.unmute(member("anne"), Post.objects.get(message_id="pears@example.com"))
    arrive(letter(subject="Re: Pears", in_reply_to="<pears@example.com>"))
    judge_all()
    due("anne")
    assert "   1. Re: Pears (1)\n" in text_of(own()[0][1])


def test_hostile_words_stay_words(dev: MailingList) -> None:
    choose("anne")
    arrive(
        letter(
            sender='"<script>alert(1)</script>" <bart@example.com>',
            subject="</title><img src=x onerror=alert(1)>",
            body="</div><script>alert(2)</script>\n",
            message_id='"><script>@example.com',
        )
    )
    judge_all()
    due("anne")

    html = text_of(own()[0][1], "text/html")
    assert "<script" not in html
    assert "<img" not in html


def test_no_post_twice_or_never_when_the_choice_begins_and_ends(dev: MailingList) -> None:
    post("A")
    choose("anne")
    post("B")
    due("anne")
    [(_, mail)] = own()
    assert "   1. B (1)\n" in text_of(mail)
    post("C")
    personal_digests.end(member("anne"))
    post("D")
    [(_, mail)] = own()
    assert "   1. C (1)\n" in text_of(mail)
    choose("anne")
    post("E")
    issues.close(dev)

    of_anne = [shown(mail) for recipient, mail in deliver() if recipient == "anne@example.com"]
    assert of_anne == [["[Dev] A", "[Dev] D"]]
    due("anne")
    assert "   1. E (1)\n" in text_of(own()[0][1])


def test_who_turns_to_single_posts_gets_the_rest_at_his_hour(dev: MailingList) -> None:
    choose("anne")
    post("A")
    Membership.objects.filter(pk=member("anne").pk).update(**REGULAR)
    post("B")
    due("anne")

    single, mail = own()
    assert [shown(single[1]), "   1. A (1)\n" in text_of(mail[1])] == [["[Dev] B"], True]
    due("anne")
    assert own() == []


def test_an_ended_choice_is_forgotten_after_a_day(dev: MailingList) -> None:
    choose("anne")
    personal_digests.end(member("anne"))
    assert personal_digests.end(member("anne")) is False
    personal_digests.work()
    assert DigestChoice.objects.get().next_at > timezone.now()
    DigestChoice.objects.update(
        ended_at=timezone.now() - timedelta(days=2), next_at=timezone.now() - timedelta(seconds=1)
    )
    personal_digests.work()

    assert not DigestChoice.objects.exists()


def test_who_is_switched_off_gets_none(dev: MailingList) -> None:
    choose("anne")
    post("A")
    Membership.objects.filter(pk=member("anne").pk).update(delivery_status=DeliveryStatus.BY_USER)
    due("anne")

    assert own() == []


def test_what_is_too_much_for_one_comes_in_several(dev: MailingList, settings: Any) -> None:
    settings.DIGEST_SIZE_LIMIT = 3000
    choose("anne")
    post("A", "B", "C", body="x" * 1000)
    due("anne")

    texts = [text_of(mail) for _, mail in own()]
    assert ["   1. A (1)\n   2. B (1)\n" in texts[0], "   1. C (1)\n" in texts[1], len(texts)] == [True, True, 2]


def test_a_failure_is_tried_again_and_repeats_nothing(dev: MailingList) -> None:
    choose("anne")
    post("A")
    due("anne")
    with armed("digest.own-composed=raise"):
        assert own() == []
    assert not personal_digests.is_due()
    due("anne")

    assert len(own()) == 1
    due("anne")
    assert own() == []


def test_two_workers_send_it_once(dev: MailingList) -> None:
    choose("anne")
    post("A")
    due("anne")
    choice = personal_digests._next()
    assert choice is not None
    personal_digests.send(choice)
    personal_digests.send(choice)

    assert [recipient for recipient, _ in deliver()] == ["anne@example.com"]


def test_a_redacted_post_leaves_own_digests_on_their_way(dev: MailingList) -> None:
    choose("anne")
    post("A", "B")
    due("anne")
    personal_digests.work()
    redact(Post.objects.get(subject="A"), by="anne@example.com")

    [(_, mail)] = own()
    assert "   1. B (1)\n" in text_of(mail)
    assert "[Dev] A" not in text_of(mail)
    redact(Post.objects.get(subject="B"), by="anne@example.com")
    assert own() == []


def test_the_bell_of_digests_serves_both(dev: MailingList) -> None:
    choose("anne")
    post("A")
    issues.close(dev)
    due("anne")
    assert tasks.due("digest")
    tasks.DRAINS[BellKind.DIGEST](PATIENCE)
    assert not tasks.due("digest")
    with relay() as server:
        send_all()
    assert sorted(one.recipient for one in server.deliveries) == ["anne@example.com", "bart@example.com"]


@pytest.mark.parametrize(
    ("time_zone", "hour", "weekday"), [("Nowhere", 7, None), ("UTC", 24, None), ("UTC", -1, None), ("UTC", 7, 7)]
)
def test_impossible_choices(dev: MailingList, time_zone: str, hour: int, weekday: int | None) -> None:
    with pytest.raises(InvalidChoice):
        choose("anne", time_zone, hour, weekday)
    assert not DigestChoice.objects.exists()


# --- manage.py owndigest ----------------------------------------------------------------------------------------------


def run(*words: str) -> dict[str, object]:
    out = StringIO()
    call_command("owndigest", "dev@example.org", *words, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def test_command_shows_sets_mutes_and_ends(dev: MailingList) -> None:
    conversation()
    nothing: dict[str, object] = {"own": False, "zone": None, "hour": None, "weekday": None, "next": None, "muted": []}
    assert run("Anne@example.com") == nothing
    told = run("anne@example.com", "--hour", "20", "--zone", "Europe/Berlin", "--weekday", "sun")
    assert datetime.fromisoformat(str(told.pop("next"))) > timezone.now()
    assert told == {"own": True, "zone": "Europe/Berlin", "hour": 20, "weekday": "sun", "muted": []}
    assert run("anne@example.com", "--mute", "<pears@example.com>")["muted"] == ["Pears"]
    assert MutedThread.objects.get().membership == member("anne")
    assert run("anne@example.com", "--unmute", "pears@example.com", "--end") == nothing


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["dora@example.com"], "dora@example.com is no member of dev@example.org."),
        (["anne@example.com", "--hour", "25"], "An hour is 0 to 23"),
        (["anne@example.com", "--hour", "7", "--zone", "Nowhere"], "There is no time zone 'Nowhere'."),
        (["anne@example.com", "--mute", "none@example.com"], "has no post none@example.com"),
    ],
)
def test_command_says_what_is_wrong(dev: MailingList, words: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*words)


def test_entries_stay_for_weekly_readers(dev: MailingList, settings: Any) -> None:
    settings.KEEP_REFUSED_DAYS = 1
    choose("anne", weekday=0)
    post("A")
    [issue] = issues.close(dev)
    deliver()
    type(issue).objects.update(sent_at=timezone.now() - timedelta(days=7))

    assert cleaning.sweep_digests() == 0
    assert DigestEntry.objects.count() == 1
    assert digests.is_due() is False
