"""Mails that a list writes by itself: what they carry, and what they never become."""

import re
from collections.abc import Callable

import pytest
from pytest_django import Settings

from archives.models import Arrival, Post
from delivery.models import DigestEntry, Rendering
from lists.enums import Action, MemberRole, Personalization, SubscriptionPolicy
from lists.models import MailingList
from lists.services import requests
from lists.services.joining import join
from lists.services.mailing_lists import change_settings
from lists.services.texts import set_text
from moderation.models import HeldMessage
from moderation.services import desk
from suite.mail.parse import Parsed, parse
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.robots import Heard, heard

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]

DORA = "dora@example.com"


@pytest.fixture
def dev() -> MailingList:
    """Anne owns it."""
    mlist = make_list("dev", admin_immed_notify=False)
    make_member(mlist, make_user("Anne").preferred_address, MemberRole.OWNER)
    return mlist


def confirmation(dev: MailingList) -> Heard:
    join(dev, DORA)
    [mail] = heard()
    return mail


def welcome(dev: MailingList) -> Heard:
    requests.confirm(confirmation(dev).text.partition("/confirm/")[2][:40])
    [mail] = heard()
    return mail


def hold_notice(dev: MailingList) -> Heard:
    arrive(letter(sender=DORA), sender=DORA)
    judge_all()
    [mail] = heard()
    return mail


@pytest.mark.feature("core.runner.virgin")
@pytest.mark.parametrize(
    ("mail_of", "precedence"),
    [(confirmation, ""), (welcome, "bulk"), (hold_notice, "bulk")],
    ids=["confirmation", "welcome", "hold notice"],
)
def test_mail_of_ours_is_dressed_and_is_no_post(
    mail_of: Callable[[MailingList], Heard], precedence: str, dev: MailingList
) -> None:
    mail = mail_of(dev)

    assert mail.to.lower() == DORA
    assert mail.field("Precedence") == precedence
    assert mail.field("List-Id") == "<dev.example.org>"
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "List-Help", "List-Unsubscribe"):
        assert mail.field(name), name
    for name in ("List-Post", "List-Archive", "Archived-At", "X-Mailman-Rule-Hits", "Sender"):
        assert not mail.field(name), name
    assert not mail.field("Subject").startswith("[Dev]")
    assert not Post.objects.exists()
    assert not DigestEntry.objects.exists()
    assert Arrival.objects.count() == (mail_of is hold_notice)
    assert Rendering.objects.latest("pk").arrival_id is None


@pytest.mark.feature("core.template.regular-decoration")
def test_header_and_footer_speak_of_the_list_and_to_the_reader(dev: MailingList) -> None:
    names = """list_name fqdn_listname mail_host request_address member user_email user_delivered_to user_language user_name
        user_name_or_email archive_url"""
    make_member(dev, "Bart@example.com", display_name="Bart", moderation_action=Action.ACCEPT, preferred_language="de")
    change_settings(dev, personalize=Personalization.INDIVIDUAL)
    set_text("list:member:regular:header", dev, "To $user_name:\n")
    set_text("list:member:regular:footer", dev, "".join(f"{name}=${name}\n" for name in names.split()))

    copy = copy_of_a_post()

    head, _, rest = copy.body.decode().strip().partition("\r\n")
    assert head == "To Bart:"
    assert dict(line.split("=", 1) for line in rest.split("\r\n")[1:]) == {
        "list_name": "dev",
        "fqdn_listname": "dev@example.org",
        "mail_host": "example.org",
        "request_address": "dev-request@example.org",
        "member": "Bart <Bart@example.com>",
        "user_email": "bart@example.com",
        "user_delivered_to": "Bart@example.com",
        "user_language": "de",
        "user_name": "Bart",
        "user_name_or_email": "Bart",
        "archive_url": "http://127.0.0.1:8000/lists/dev.example.org/",
    }


@pytest.mark.feature("core.template.regular-decoration")
def test_built_in_footer_is_a_line_the_list_and_the_way_out(dev: MailingList) -> None:
    make_member(dev, "Bart@example.com", moderation_action=Action.ACCEPT)

    text = copy_of_a_post().body.decode()

    assert text.startswith("\r\nGood morning.\r\n" + "_" * 47 + "\r\nDev mailing list: dev@example.org\r\n")
    assert "dev-leave@example.org" in text


def copy_of_a_post() -> Parsed:
    arrive(letter(sender="bart@example.com"), sender="bart@example.com")
    judge_all()
    with relay() as server:
        send_all()
    [copy] = server.deliveries
    return parse(copy.content)


@pytest.mark.feature("core.template.user-refused")
def test_refusal_names_request_and_reason_and_rejection_brings_the_post(dev: MailingList) -> None:
    change_settings(dev, subscription_policy=SubscriptionPolicy.MODERATE)
    join(dev, DORA, pre_verified=True)
    heard()
    requests.decide(requests.awaiting(dev)[0], Action.REJECT, reason="Tea only.")
    [refused] = heard()
    assert refused.field("Subject") == "Your request to dev@example.org was refused"
    assert "    join dev@example.org\n" in refused.text
    assert re.search(r"^Tea only\.$", refused.text, re.MULTILINE)

    raw = letter(sender=DORA, subject="Coffee")
    arrive(raw, sender=DORA)
    judge_all()
    heard()
    desk.reject(HeldMessage.objects.get(), None, "Tea, we said.")
    with relay() as server:
        send_all()
    [rejected] = server.deliveries
    assert b"    - Tea, we said.\r\n" in rejected.content
    assert raw in rejected.content


@pytest.mark.feature("core.template.user-post")
def test_notices_about_a_post_name_it(dev: MailingList, settings: Settings) -> None:
    settings.AUTORESPONSES_PER_DAY = 1
    set_text("list:user:notice:hold", dev, "  $subject|$sender_email|\n$reasons\n", subject="Hold")
    set_text("list:user:notice:no-more-today", dev, "  $count\n", subject="Limit")
    set_text("list:user:notice:post", dev, "  $subject\n", subject="Ack")
    make_member(dev, "bart@example.com", moderation_action=Action.ACCEPT, acknowledge_posts=True)
    tea = "=?utf-8?b?44GK6Iy2?="

    told: dict[str, str] = {}
    for sender in (DORA, DORA, "bart@example.com"):
        arrive(letter(sender=sender, subject=tea), sender=sender)
        judge_all()
        told |= {mail.subject: mail.text.rstrip() for mail in heard()}

    assert told["Hold"] == "  お茶|dora@example.com|\n    - You are not a member of this list."
    assert told["Limit"] == "  1"
    assert told["Ack"] == "  お茶"
