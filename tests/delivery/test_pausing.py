"""Delivery that stops until a day, and resumes by itself."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.enums import DeliveryStatus
from delivery import tasks
from delivery.errors import InvalidChoice
from delivery.models import DeliveryPause, DigestEntry
from delivery.services import cleaning, issues, pausing
from lists.models import MailingList, Membership
from lists.services.preferences import set_preferences
from suite.common.enums import BellKind
from suite.common.failpoints import armed
from tests.support.digests import MIME, deliver, post
from tests.support.factories import make_list, make_member
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture
def dev(db: None) -> MailingList:
    """dev@example.org; bart@example.com posts, anne@example.com gets each post by itself."""
    mlist = make_list("dev", digest_size_threshold=0)
    make_member(mlist, "bart@example.com", receive_own_postings=False)
    make_member(mlist, "anne@example.com")
    return mlist


def anne() -> Membership:
    return Membership.objects.get(address__email="anne@example.com")


def the_day_comes() -> None:
    DeliveryPause.objects.update(until=timezone.now())
    assert tasks.due("digest")
    tasks.DRAINS[BellKind.DIGEST](PATIENCE)


def texts() -> list[str]:
    """What anne gets: the subject of a post, and the topics of a digest."""
    found = []
    for recipient, mail in deliver():
        assert recipient == "anne@example.com"
        if mail.get_content_type() == "multipart/alternative":
            [text] = [part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain"]
            found.append(" ".join(line.strip() for line in text.splitlines() if line.endswith(" (1)")))
        else:
            found.append(str(mail["Subject"]))
    return found


@pytest.mark.feature("beyond.delivery-pause")
def test_nothing_comes_until_the_day_and_then_what_was_missed(dev: MailingList) -> None:
    post("A")
    assert texts() == ["[Dev] A"]
    pausing.pause(anne(), timezone.now() + WEEK)
    post("B", "C")
    issues.close(dev)
    tasks.DRAINS[BellKind.DIGEST](PATIENCE)
    assert texts() == []
    assert DeliveryStatus(anne().effective("delivery_status")) is DeliveryStatus.BY_USER

    the_day_comes()
    post("D")

    assert texts() == ["[Dev] D", "1. B (1) 2. C (1)"]
    assert anne().delivery_status is None
    assert not DeliveryPause.objects.exists()
    assert not tasks.due("digest")


@pytest.mark.feature("beyond.delivery-pause")
def test_who_wants_nothing_of_it_gets_nothing_of_it(dev: MailingList) -> None:
    pausing.pause(anne(), timezone.now() + WEEK, digest=False)
    post("A")
    the_day_comes()

    assert texts() == []
    assert anne().delivery_status is None


def test_a_member_with_digests_has_each_post_once(dev: MailingList) -> None:
    Membership.objects.filter(pk=anne().pk).update(**MIME)
    post("A")
    pausing.pause(anne(), timezone.now() + WEEK)
    post("B")
    the_day_comes()
    post("C")
    issues.close(dev)

    mails = [mail.as_string() for _, mail in deliver()]
    assert [[subject in mail for subject in ("[Dev] A", "1. B (1)", "[Dev] C")] for mail in mails] == [
        [False, True, False],
        [True, False, True],
    ]


def test_it_can_end_early_and_be_moved(dev: MailingList) -> None:
    pausing.pause(anne(), timezone.now() + WEEK)
    pausing.pause(anne(), timezone.now() + 2 * WEEK)
    post("A")
    assert pausing.resume(anne()) is True
    assert pausing.resume(anne()) is False
    tasks.DRAINS[BellKind.DIGEST](PATIENCE)

    assert texts() == ["1. A (1)"]
    assert anne().delivery_status is None


@pytest.mark.parametrize("status", [DeliveryStatus.ENABLED, None])
def test_who_is_switched_on_meanwhile_has_no_pause_any_more(dev: MailingList, status: DeliveryStatus | None) -> None:
    pausing.pause(anne(), timezone.now() + WEEK)
    post("A")
    set_preferences(anne(), delivery_status=status)
    assert tasks.due("digest")
    tasks.DRAINS[BellKind.DIGEST](PATIENCE)
    post("B")

    assert texts() == ["[Dev] B", "1. A (1)"]
    assert anne().delivery_status == status


def test_who_is_switched_off_by_a_moderator_stays_so(dev: MailingList) -> None:
    pausing.pause(anne(), timezone.now() + WEEK)
    post("A")
    set_preferences(anne(), delivery_status=DeliveryStatus.BY_MODERATOR)
    the_day_comes()

    assert texts() == []
    assert anne().delivery_status == DeliveryStatus.BY_MODERATOR
    assert not DeliveryPause.objects.exists()
    with pytest.raises(InvalidChoice, match="switched off already"):
        pausing.pause(anne(), timezone.now() + WEEK)


def test_a_failure_is_tried_again_and_repeats_nothing(dev: MailingList, settings: Any) -> None:
    settings.DIGEST_SIZE_LIMIT = 3000
    pausing.pause(anne(), timezone.now() + WEEK)
    post("A", "B", "C", body="x" * 1000)
    with armed("pause.composed=raise"):
        the_day_comes()
    assert texts() == []
    assert not tasks.due("digest")
    the_day_comes()
    assert texts() == ["1. A (1) 2. B (1)", "1. C (1)"]
    assert not DeliveryPause.objects.exists()


def test_two_workers_bring_it_once(dev: MailingList) -> None:
    pausing.pause(anne(), timezone.now() + WEEK)
    post("A")
    pausing.resume(anne())
    over = DeliveryPause.objects.select_related("membership__mlist__domain").get()
    pausing.bring(over)
    pausing.bring(over)

    assert texts() == ["1. A (1)"]


def test_what_was_missed_is_kept_for_whoever_is_away_for_long(dev: MailingList) -> None:
    pausing.pause(anne(), timezone.now() + 30 * WEEK)
    post("A")
    [issue] = issues.close(dev)
    tasks.DRAINS[BellKind.DIGEST](PATIENCE)
    type(issue).objects.update(sent_at=timezone.now() - timedelta(days=60))
    assert cleaning.sweep_digests() == 0
    assert DigestEntry.objects.count() == 1
    the_day_comes()
    assert texts() == ["1. A (1)"]
    assert cleaning.sweep_digests() == 1


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_impossible_days(dev: MailingList, days: int) -> None:
    with pytest.raises(InvalidChoice, match="within a year"):
        pausing.pause(anne(), timezone.now() + timedelta(days=days))
    assert anne().delivery_status is None


def run(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("pause", "dev@example.org", "Anne@example.com", *words, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


def test_command(dev: MailingList) -> None:
    day = (timezone.now() + WEEK).date().isoformat()
    assert run() == {"paused": False, "until": None, "digest": None}
    assert run("--until", day, "--no-digest") == {"paused": True, "until": f"{day} 00:00:00+00:00", "digest": False}
    assert run("--end")["paused"] is False
    with pytest.raises(CommandError, match="tomorrow is no day"):
        run("--until", "tomorrow")
    with pytest.raises(CommandError, match="within a year"):
        run("--until", "2001-01-01")
