"""Probation of new members, and limits to how many posts come at once, for whole journeys."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from archives.enums import State
from archives.models import Arrival
from delivery.models import Notice
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from lists.services.mailing_lists import change_settings
from moderation import facts
from moderation.models import HeldMessage
from moderation.services import desk
from suite.common.models import Event
from tests.support.factories import make_member
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def dev(dev: MailingList, settings: Settings) -> MailingList:
    """Anne owns it; Bart has been a member for long. Mail goes to the outbox, as on a site."""
    settings.EMAIL_BACKEND = "delivery.mail_backend.OutboxBackend"
    make_member(dev, "anne@example.com", MemberRole.OWNER)
    bart = make_member(dev, "bart@example.com")
    Membership.objects.filter(pk=bart.pk).update(joined_at=timezone.now() - timedelta(days=400))
    return dev


def post(name: str = "cris", **fields: str) -> Arrival:
    [arrival] = arrive(letter(sender=f"{name}@example.com", **fields), sender=f"{name}@example.com")
    judge_all()
    arrival.refresh_from_db()
    return arrival


# --- probation --------------------------------------------------------------------------------------------------------


@pytest.mark.feature("beyond.probation")
def test_a_newcomer_is_free_when_enough_posts_were_accepted(dev: MailingList) -> None:
    change_settings(dev, probation_posts=2)
    make_member(dev, "cris@example.com")
    for _ in range(2):
        assert post().state == State.HELD
        desk.accept(HeldMessage.objects.get(decision=""), None, actor="anne@example.com")
        judge_all()

    assert post().state == State.DISTRIBUTED
    [ended] = Event.objects.filter(kind="probation.ended")
    assert (ended.list_id, ended.subject, ended.actor) == ("dev.example.org", "cris@example.com", "anne@example.com")


@pytest.mark.feature("beyond.probation")
def test_what_is_rejected_or_discarded_does_not_count(dev: MailingList) -> None:
    change_settings(dev, probation_posts=1)
    make_member(dev, "cris@example.com")
    post()
    desk.discard(HeldMessage.objects.get(decision=""), None)
    post()
    desk.reject(HeldMessage.objects.get(decision=""), None)

    assert post().state == State.HELD


def test_who_was_there_before_is_on_no_probation(dev: MailingList) -> None:
    change_settings(dev, probation_posts=2)

    assert post("bart").state == State.DISTRIBUTED


def test_switched_off_and_on_it_begins_anew(dev: MailingList) -> None:
    change_settings(dev, probation_posts=2)
    make_member(dev, "cris@example.com")
    first = MailingList.objects.get().probation_since
    change_settings(dev, probation_posts=3)
    assert MailingList.objects.get().probation_since == first
    change_settings(dev, probation_posts=0)
    assert MailingList.objects.get().probation_since is None
    change_settings(dev, probation_posts=2)

    assert post().state == State.DISTRIBUTED


@pytest.mark.feature("beyond.probation")
@pytest.mark.parametrize("body", ["https://a.example https://b.example https://c.example", ""])
def test_links_and_attachments_of_newcomers_are_limited(body: str, dev: MailingList) -> None:
    change_settings(dev, probation_posts=1)
    make_member(dev, "cris@example.com")
    pdf = {"content_type": "application/pdf", "mime_version": "1.0"}
    fields: dict[str, Any] = {"body": body} if body else pdf

    arrival = post(**fields)

    assert (arrival.state, arrival.verdict["rule"]) == (State.REJECTED, "probation-limits")
    assert post("bart", **fields).state == State.DISTRIBUTED


# --- floods -----------------------------------------------------------------------------------------------------------


@pytest.mark.feature("beyond.flood-breaker")
def test_a_flood_is_held_told_once_and_ends_by_itself(dev: MailingList) -> None:
    change_settings(dev, flood_posts=3)

    states = [post("bart").state for _ in range(6)]
    assert states == [State.DISTRIBUTED] * 3 + [State.HELD] * 3
    assert [notice.recipient for notice in Notice.objects.filter(kind="flood")] == ["anne@example.com"]
    assert not Notice.objects.filter(kind="post-waiting").exists()

    Arrival.objects.update(received_at=timezone.now() - timedelta(seconds=61))
    assert post("bart").state == State.DISTRIBUTED
    for held in HeldMessage.objects.filter(decision=""):
        desk.accept(held, None)
    judge_all()
    assert set(Arrival.objects.values_list("state", flat=True)) == {State.DISTRIBUTED}


@pytest.mark.feature("beyond.flood-breaker")
def test_another_flood_is_told_of_again(dev: MailingList) -> None:
    change_settings(dev, flood_posts=1)
    for _ in range(3):
        post("bart")
    earlier = timezone.now() - timedelta(hours=1)
    Arrival.objects.update(received_at=earlier)
    dev.flood.held_at = earlier
    dev.flood.save()
    for _ in range(3):
        post("bart")

    assert Notice.objects.filter(kind="flood").count() == 2
    assert Event.objects.filter(kind="flood.began").count() == 2


def test_what_is_refused_makes_no_flood(dev: MailingList) -> None:
    change_settings(dev, flood_posts=1, default_nonmember_action="discard")
    for number in range(5):
        assert post(f"stranger{number}").state == State.DISCARDED

    assert post("bart").state == State.DISTRIBUTED


@pytest.mark.feature("beyond.flood-breaker")
def test_one_senders_posts_are_held_while_others_pass(dev: MailingList) -> None:
    change_settings(dev, sender_posts_per_hour=2)
    make_member(dev, "cris@example.com")

    arrivals = [post("bart") for _ in range(3)]

    assert [arrival.state for arrival in arrivals] == [State.DISTRIBUTED, State.DISTRIBUTED, State.HELD]
    assert arrivals[-1].reason == "bart@example.com posted more than 2 times within an hour."
    assert post("cris").state == State.DISTRIBUTED


def test_a_list_that_wants_none_of_it_asks_nothing(
    dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mlist = facts.judged(MailingList.objects.select_related("domain")).get(pk=dev.pk)
    members = list(Membership.objects.all())

    with django_assert_num_queries(0):
        facts.look_up(mlist, [], members)
