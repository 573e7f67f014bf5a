"""Mail scanners fetch every link before anybody has read the mail. Nothing may come of that, and all must still work later.

The eight kinds of links that act, a test each: joining, an invitation, leaving, a post's way out, mail stopped by bounces, a
held post, a new address, a new password. A request to join stands for those to pages behind sign-in. The others, to lists,
archives and posts, are fetched along with them.
"""

import re
from pathlib import Path

import pytest
from django.test import Client, override_settings

from accounts.enums import DeliveryStatus
from accounts.models import User
from archives.enums import State
from delivery.bounces import reminding
from lists.enums import MemberRole, Personalization, SubscriptionPolicy
from lists.models import MailingList, Membership, Pending
from lists.services.joining import join
from lists.services.leaving import leave
from moderation.models import HeldMessage
from tests.support.crawling import crawl, everything, links
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.feature("beyond.scanner-proof-links"),
    pytest.mark.usefixtures("https"),
]

HTTPS = "https://lists.example.org"
PASSWORD = "correct-horse-battery"


@pytest.fixture
def https(tmp_path: Path) -> object:
    with override_settings(BASE_URL=HTTPS, EMAIL_BACKEND="delivery.mail_backend.OutboxBackend"):
        yield


@pytest.fixture
def dev() -> MailingList:
    """Anne owns it, Bart is a member; each copy of a post has links of its own."""
    mlist = make_list(
        "dev",
        personalize=Personalization.FULL,
        subscription_policy=SubscriptionPolicy.CONFIRM,
        unsubscription_policy=SubscriptionPolicy.CONFIRM,
        send_welcome_message=True,
        admin_immed_notify=True,
    )
    make_member(mlist, make_user("Anne"), MemberRole.OWNER)
    make_member(mlist, make_user("Bart"))
    return mlist


def mails() -> dict[str, bytes]:
    """Recipient to the last mail that he got."""
    with relay() as server:
        send_all()
    return {delivery.recipient: delivery.content for delivery in server.deliveries}


def scanned(mail: bytes, pattern: str) -> str:
    """The path of the one link of this kind, after scanners have fetched all links of the mail and changed nothing."""
    found = links(mail)
    before = everything()
    seen = crawl(found)
    assert everything() == before
    assert set.union(*seen.values()) <= {200, 302, 403}, seen
    [path] = {path for path in seen if re.search(pattern, path)}
    return path


def test_joining_is_confirmed_by_the_human_alone(dev: MailingList) -> None:
    join(dev, "dora@example.com")
    path = scanned(mails()["dora@example.com"], "/confirm/")
    assert not dev.memberships.filter(address__email="dora@example.com").exists()

    assert b"You have joined Dev" in Client().post(path, {"answer": "confirm"}).content
    assert dev.memberships.filter(address__email="dora@example.com").exists()
    assert Client().get(path).status_code == 404

    way_out = scanned(mails()["dora@example.com"], r"dev\.example\.org/$|/unsubscribe/")
    assert Client().get(way_out).status_code == 200


def test_an_invitation_waits_for_the_human_who_may_refuse_it(dev: MailingList) -> None:
    join(dev, "dora@example.com", invitation=True)
    path = scanned(mails()["dora@example.com"], "/confirm/")

    assert b"Thank you" in Client().post(path, {"answer": "disown"}).content
    assert not Pending.objects.exists()
    assert dev.memberships.filter(role=MemberRole.MEMBER).count() == 1


def test_leaving_by_mail_is_confirmed_by_the_human_alone(dev: MailingList) -> None:
    leave(dev, "bart@example.com")
    path = scanned(mails()["bart@example.com"], "/confirm/")
    assert dev.memberships.filter(role=MemberRole.MEMBER).count() == 1

    assert b"You have left Dev" in Client().post(path, {"answer": "confirm"}).content
    assert dev.memberships.filter(role=MemberRole.MEMBER).count() == 0


def test_a_posts_links_leave_the_list_only_by_the_button(dev: MailingList) -> None:
    arrive(letter())
    judge_all()
    path = scanned(mails()["bart@example.com"], "/unsubscribe/")
    page = Client().get(path)
    assert b"Leave the list" in page.content

    left = Client().post(path).content

    assert b"You have left Dev" in left and b"mailto:dev-join@example.org" in left
    assert dev.memberships.filter(role=MemberRole.MEMBER).count() == 0


def test_mail_that_bounces_stopped_is_resumed_by_the_human_alone(dev: MailingList) -> None:
    Membership.objects.filter(role=MemberRole.MEMBER).update(delivery_status=DeliveryStatus.BY_BOUNCES)
    reminding.remind()
    path = scanned(mails()["bart@example.com"], "/resume/")
    bart = dev.memberships.get(role=MemberRole.MEMBER)
    assert bart.delivery_status == DeliveryStatus.BY_BOUNCES

    assert Client().post(path).status_code == 200
    bart.refresh_from_db()
    assert bart.delivery_status == DeliveryStatus.ENABLED
    assert Client().get(path).status_code == 404


def test_a_held_post_is_decided_by_the_human_alone(dev: MailingList) -> None:
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()
    path = scanned(mails()["anne@example.com"], "/held/")

    assert Client().get(path).status_code == 200
    assert HeldMessage.objects.get().decision == ""
    assert Client().post(path, {"decision": "discard"}).status_code == 200
    assert HeldMessage.objects.get().decision == State.DISCARDED


def test_a_request_to_join_is_decided_by_the_human_alone(dev: MailingList) -> None:
    MailingList.objects.update(subscription_policy=SubscriptionPolicy.MODERATE)
    join(MailingList.objects.get(), "dora@example.com", pre_verified=True)
    path = scanned(mails()["anne@example.com"], "/requests/")

    anne = Client()
    anne.force_login(User.objects.get(display_name="Anne"))
    assert b"dora@example.com" in anne.get(path).content
    anne.post(f"{path}{Pending.objects.get().pk}/decide/", {"decision": "accept"})
    assert dev.memberships.filter(address__email="dora@example.com").exists()


def test_a_new_address_is_proved_by_the_human_alone() -> None:
    fields = {"email": "dora@example.com", "password1": PASSWORD, "password2": PASSWORD}
    Client().post("/accounts/signup/", fields)
    path = scanned(mails()["dora@example.com"], "/confirm-email/")
    signs_in = {"login": "dora@example.com", "password": PASSWORD}
    assert Client().post("/accounts/login/", signs_in).headers["Location"] == "/accounts/confirm-email/"

    Client().post(path)

    assert Client().post("/accounts/login/", signs_in).headers["Location"] == "/"


def test_a_new_password_is_chosen_by_the_human_alone() -> None:
    user = make_user("Dora")
    Client().post("/accounts/password/reset/", {"email": "dora@example.com"})
    path = scanned(mails()["dora@example.com"], "/password/reset/key/")

    human = Client()
    form = human.get(path, follow=True).redirect_chain[-1][0]
    human.post(form, {"password1": PASSWORD, "password2": PASSWORD})

    user.refresh_from_db()
    assert user.check_password(PASSWORD)
