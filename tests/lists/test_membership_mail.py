"""The mails about joining and leaving: to whom, from whom, once, and only where the list wants them."""

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.services.addresses import get_or_create_address, verify
from lists.enums import Action, SubscriptionPolicy
from lists.models import MailingList
from lists.services import requests
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.mailing_lists import change_settings
from tests.support.factories import make_member
from tests.support.notices import told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]

DORA = "Dora@example.com"


def test_a_question_can_be_answered(dev: MailingList) -> None:
    step = join(dev, DORA)

    [mail] = told()
    assert mail.recipient == str(mail.msg["To"]) == DORA
    assert str(mail.msg["From"]) == f"Dev <dev-confirm+{step.token}@example.org>"
    assert (mail.msg["Auto-Submitted"], mail.msg["Precedence"]) == ("auto-generated", None)
    assert mail.msg["List-Id"] == "<dev.example.org>"
    assert mail.return_path == "dev-bounces@example.org"
    assert mail.subject == "Please confirm: join dev@example.org"
    assert f"/lists/dev.example.org/confirm/{step.token}/" in mail.text
    assert DORA in mail.text


@pytest.mark.parametrize("kind", ["join", "invite", "leave"])
def test_where_the_site_wants_the_token_stands_in_the_subject(dev: MailingList, settings: Settings, kind: str) -> None:
    settings.VERP_CONFIRMATIONS = False
    if kind == "leave":
        make_member(dev, DORA)
        step = leave(dev, DORA)
    else:
        step = join(dev, DORA, invitation=kind == "invite")

    [mail] = told()
    assert mail.subject == f"confirm {step.token}"
    assert str(mail.msg["From"]) == "Dev <dev-request@example.org>"


@pytest.mark.feature("core.subscription.welcome")
@pytest.mark.parametrize("setting", [False, True])
@pytest.mark.parametrize("call", [None, False, True])
def test_one_welcome_where_it_is_wanted(dev: MailingList, setting: bool, call: bool | None) -> None:
    change_settings(dev, send_welcome_message=setting)

    step = join(dev, DORA, display_name="Dora", send_welcome=call)
    requests.confirm(step.token)

    mails = told("welcome")
    assert len(mails) == (setting if call is None else call)
    for mail in mails:
        assert (mail.recipient, mail.msg["X-No-Archive"], mail.msg["Precedence"]) == (DORA, "yes", "bulk")


def test_the_welcome_says_how_to_go_on(dev: MailingList) -> None:
    join(dev, DORA, pre_verified=True, pre_confirmed=True)

    [mail] = told()
    for words in (DORA, "dev@example.org", "/lists/dev.example.org/", "dev-leave@example.org", "dev-owner@example.org"):
        assert words in mail.text
    assert "password" not in mail.text.lower()
    assert "$" not in mail.text + mail.subject


@pytest.mark.parametrize("wanted", [False, True])
def test_owners_hear_who_came_and_went(dev: MailingList, anne: User, cris: User, wanted: bool) -> None:
    change_settings(dev, admin_notify_mchanges=wanted, unsubscription_policy=SubscriptionPolicy.OPEN)

    join(dev, DORA, display_name="Dora", pre_verified=True, pre_confirmed=True)
    leave(dev, DORA)

    mails = told("membership-changed")
    assert [(mail.recipient, mail.subject) for mail in mails] == [
        ("anne@example.com", "dev@example.org: Dora <Dora@example.com> has joined"),
        ("cris@example.com", "dev@example.org: Dora <Dora@example.com> has joined"),
        ("anne@example.com", "dev@example.org: Dora <Dora@example.com> has left"),
        ("cris@example.com", "dev@example.org: Dora <Dora@example.com> has left"),
    ] * wanted


@pytest.mark.parametrize("wanted", [False, True])
def test_moderators_hear_at_once_who_waits(dev: MailingList, anne: User, wanted: bool) -> None:
    change_settings(
        dev,
        admin_immed_notify=wanted,
        subscription_policy=SubscriptionPolicy.MODERATE,
        unsubscription_policy=SubscriptionPolicy.MODERATE,
    )
    verify(get_or_create_address(DORA))
    make_member(dev, "bart@example.com")

    join(dev, DORA, display_name="Dora")
    leave(dev, "bart@example.com")

    mails = told("request-waiting")
    assert [(mail.recipient, mail.subject) for mail in mails] == [
        ("anne@example.com", "dev@example.org: Dora <Dora@example.com> wants to join"),
        ("anne@example.com", "dev@example.org: bart@example.com wants to leave"),
    ] * wanted
    assert all("/lists/dev.example.org/" in mail.text for mail in mails)
    assert len(requests.awaiting(dev)) == 2


def test_a_list_without_people_tells_the_sites_owner(dev: MailingList, settings: Settings) -> None:
    settings.SITE_OWNER = "root@example.org"
    change_settings(dev, subscription_policy=SubscriptionPolicy.MODERATE)

    join(dev, DORA, pre_verified=True)

    assert [mail.recipient for mail in told("request-waiting")] == ["root@example.org"]


def test_no_wish_can_write_a_header(dev: MailingList, anne: User) -> None:
    change_settings(dev, subscription_policy=SubscriptionPolicy.MODERATE, admin_notify_mchanges=True)

    join(dev, DORA, display_name="Dora\r\nBcc: eve@example.net\r\n\r\n$owner_email", pre_verified=True)
    requests.decide(requests.awaiting(dev)[0], Action.ACCEPT)

    for mail in told():
        assert mail.msg["Bcc"] is None
        assert mail.recipient in ("anne@example.com", DORA)
