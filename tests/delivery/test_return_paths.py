"""Which posts have an own return path for each member, and what it looks like."""

from typing import Any

import pytest

from lists.enums import Personalization
from lists.models import MailingList
from suite.mail import verp
from tests.support.factories import make_member
from tests.support.outgoing import relay, send_all, unsigned
from tests.support.posting import arrive, judge_all, letter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("core.outgoing.verp")]

OWN, SHARED = "dev-bounces+ann=example.com@example.org", "dev-bounces@example.org"


@pytest.fixture
def ann(dev: MailingList) -> None:
    MailingList.objects.update(default_nonmember_action=2, require_explicit_destination=False)
    make_member(dev, "ann@example.com")


def return_paths(posts: int = 1) -> list[str]:
    """Of posts one after the other, as they were handed over."""
    with relay() as server:
        for _ in range(posts):
            arrive(letter(sender="ann@example.com"), sender="ann@example.com")
            judge_all()
            send_all()
    return [mail.sender for mail in server.mails]


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize(
    ("interval", "expected"),
    [(0, [SHARED, SHARED, SHARED]), (1, [OWN, OWN, OWN]), (3, [SHARED, SHARED, OWN])],
)
@pytest.mark.parametrize("personalize", [Personalization.NONE, Personalization.INDIVIDUAL])
def test_every_nth_post(settings: Any, interval: int, expected: list[str], personalize: Personalization) -> None:
    settings.VERP_INTERVAL, settings.VERP_PERSONALIZED, settings.VERP_SIGNED = interval, False, False
    MailingList.objects.update(personalize=personalize)
    assert return_paths(3) == expected


@pytest.mark.usefixtures("ann")
def test_personal_copies_have_it_always_unless_the_site_says_otherwise(settings: Any) -> None:
    settings.VERP_PERSONALIZED = True
    MailingList.objects.update(personalize=Personalization.FULL)
    [path] = return_paths()
    assert unsigned(path) == OWN
    decoded = verp.decode(path)
    assert decoded is not None
    assert decoded.signature


def test_unusual_addresses_come_back(dev: MailingList, settings: Any) -> None:
    settings.VERP_INTERVAL = 1
    make_member(dev, "ann+news=daily@example.com")
    with relay() as server:
        arrive(letter(sender="ann+news=daily@example.com"), sender="ann+news=daily@example.com")
        judge_all()
        send_all()
    [mail] = server.mails
    decoded = verp.decode(mail.sender)
    assert decoded is not None
    assert (decoded.bounces, decoded.recipient) == ("dev-bounces@example.org", "ann+news=daily@example.com")
