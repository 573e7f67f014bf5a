"""What a member wants of one list."""

from datetime import UTC, datetime

import pytest

from accounts.enums import DeliveryMode, DeliveryStatus
from lists.models import MailingList
from lists.services.preferences import set_preferences
from suite.common.models import Event
from tests.support.factories import make_member, make_user

pytestmark = pytest.mark.django_db


def test_preferences_are_set_and_recorded(dev: MailingList) -> None:
    member = make_member(dev)
    set_preferences(member, actor="anne", delivery_mode=DeliveryMode.MIME_DIGESTS, hide_address=None)
    member.refresh_from_db()
    assert (member.delivery_mode, member.hide_address) == (DeliveryMode.MIME_DIGESTS, None)
    event = Event.objects.get(kind="member.preferences")
    assert (event.actor, event.list_id, event.subject) == ("anne", "dev.example.org", "bart@example.com")
    assert event.data == {"delivery_mode": str(DeliveryMode.MIME_DIGESTS)}

    set_preferences(member, delivery_mode=DeliveryMode.MIME_DIGESTS)
    assert Event.objects.filter(kind="member.preferences").count() == 1


def test_switched_on_again_bounces_are_forgotten(dev: MailingList) -> None:
    member = make_member(dev, delivery_status=DeliveryStatus.BY_BOUNCES)
    member.bounce_score, member.total_warnings_sent = 5, 2
    member.last_bounce_received = member.last_warning_sent = datetime(2026, 1, 1, tzinfo=UTC)
    member.save()
    set_preferences(member, delivery_status=DeliveryStatus.ENABLED)
    member.refresh_from_db()
    assert (member.bounce_score, member.total_warnings_sent) == (0, 0)
    assert [member.last_bounce_received, member.last_warning_sent] == [None, None]


def test_what_is_no_preference(dev: MailingList) -> None:
    with pytest.raises(TypeError, match="No such preference: tea"):
        set_preferences(make_member(dev), tea=True)


def test_who_hides_his_address(dev: MailingList) -> None:
    hal = make_user("Hal")
    by_user = make_member(dev, hal)
    before = by_user.hides_address
    hal.hide_address = True
    hal.save()
    by_user.refresh_from_db()
    by_address = make_member(dev, hal.preferred_address, hide_address=False)
    assert (before, by_user.hides_address, by_address.hides_address) == (False, True, False)
