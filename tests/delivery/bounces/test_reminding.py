"""Members whose mail was stopped: warnings, removal, and the way back."""

from datetime import timedelta

import pytest

from accounts.enums import DeliveryStatus
from accounts.models import User
from delivery.bounces import reminding
from delivery.models import Notice
from lists.models import MailingList, Membership
from tests.support.bouncing import days_pass
from tests.support.posting import arrive, letter
from tests.support.robots import Heard, heard

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member(dev: MailingList, member: Membership) -> Membership:
    MailingList.objects.update(
        bounce_you_are_disabled_warnings=2,
        bounce_you_are_disabled_warnings_interval=timedelta(days=7),
        send_goodbye_message=False,
    )
    Membership.objects.filter(pk=member.pk).update(delivery_status=DeliveryStatus.BY_BOUNCES)
    return member


def remind() -> list[Heard]:
    reminding.remind()
    return heard()


@pytest.mark.feature("core.bounce.warnings", "core.template.admin-bounce")
def test_warnings_each_interval_then_the_end(dev: MailingList, member: Membership, anne: User) -> None:
    [first] = remind()
    assert (first.to, first.envelope_sender) == ("bart@example.com", "")
    assert "dev@example.org" in first.subject
    assert remind() == []
    days_pass(member, 7.1)
    assert [mail.to for mail in remind()] == ["bart@example.com"]
    assert remind() == []
    assert Membership.objects.get(pk=member.pk).total_warnings_sent == 2
    days_pass(member, 7.1)
    last = remind()
    assert not Membership.objects.filter(pk=member.pk).exists()
    assert sorted(mail.to for mail in last) == ["anne@example.com", "bart@example.com"]
    [to_anne] = [mail for mail in last if mail.to == "anne@example.com"]
    assert to_anne.envelope_sender == ""
    assert "bart@example.com" in to_anne.text


@pytest.mark.feature("core.bounce.warnings")
def test_no_warnings_remove_at_the_next_pass(dev: MailingList, member: Membership) -> None:
    MailingList.objects.update(bounce_you_are_disabled_warnings=0)
    remind()
    assert not Membership.objects.filter(pk=member.pk).exists()


@pytest.mark.feature("core.bounce.owner-notices")
def test_a_removal_is_not_told_where_the_list_does_not_want_it(
    dev: MailingList, member: Membership, anne: User
) -> None:
    MailingList.objects.update(bounce_you_are_disabled_warnings=0, bounce_notify_owner_on_removal=False)
    assert [mail.to for mail in remind()] == ["bart@example.com"]


@pytest.mark.feature("core.bounce.warnings", "core.template.admin-bounce")
def test_an_answer_switches_mail_on_and_ends_it(dev: MailingList, member: Membership) -> None:
    [warning] = remind()
    arrive(letter(to=warning.sender, subject=f"Re: {warning.subject}"), warning.sender)
    heard()
    days_pass(member, 30)
    assert remind() == []
    found = Membership.objects.get(pk=member.pk)
    assert (found.delivery_status, found.total_warnings_sent) == (DeliveryStatus.ENABLED, 0)


def test_whoever_stopped_it_himself_is_left_alone(dev: MailingList, member: Membership) -> None:
    Membership.objects.update(delivery_status=DeliveryStatus.BY_USER)
    assert (remind(), Notice.objects.count()) == ([], 0)


def test_a_list_that_processes_no_bounces_removes_nobody(dev: MailingList, member: Membership) -> None:
    MailingList.objects.update(process_bounces=False, bounce_you_are_disabled_warnings=0)
    assert remind() == []
    assert Membership.objects.filter(pk=member.pk).exists()
