"""The page that warnings lead to: one button switches a member's mail on again."""

import pytest
from django.test import Client

from accounts.enums import DeliveryStatus
from lists.models import MailingList, Membership
from lists.services import resuming
from tests.support.factories import make_list, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(dev: MailingList) -> Membership:
    return make_member(dev, "bart@example.com", delivery_status=DeliveryStatus.BY_BOUNCES)


def test_get_changes_nothing_and_post_switches_on_once(client: Client, dev: MailingList, member: Membership) -> None:
    page = f"/lists/dev.example.org/resume/{resuming.offer(member).token}/"
    for _ in range(3):
        shown = client.get(page)
        assert shown.status_code == 200
        assert "bart@example.com" in shown.content.decode()
    member.refresh_from_db()
    assert member.delivery_status == DeliveryStatus.BY_BOUNCES

    assert client.post(page).status_code == 200
    member.refresh_from_db()
    assert member.delivery_status == DeliveryStatus.ENABLED
    assert (client.get(page).status_code, client.post(page).status_code) == (404, 404)


def test_it_does_not_undo_what_a_member_wants_himself(client: Client, member: Membership) -> None:
    page = f"/lists/dev.example.org/resume/{resuming.offer(member).token}/"
    Membership.objects.update(delivery_status=DeliveryStatus.BY_USER)
    assert client.post(page).status_code == 200
    member.refresh_from_db()
    assert member.delivery_status == DeliveryStatus.BY_USER


def test_a_token_is_worth_nothing_elsewhere(client: Client, member: Membership) -> None:
    make_list("other")
    token = resuming.offer(member).token
    assert client.post(f"/lists/other.example.org/resume/{token}/").status_code == 404
    assert client.post(f"/lists/dev.example.org/resume/{'0' * 40}/").status_code == 404
    member.delete()
    assert client.get(f"/lists/dev.example.org/resume/{token}/").status_code == 404
