"""One message that many refuse for its own sake."""

import pytest

from accounts.models import User
from delivery.bounces import scoring
from delivery.enums import BounceCause, BounceKind, BounceSource
from delivery.models import BounceEvent, Notice
from lists.models import MailingList, Membership
from tests.support.factories import make_members
from tests.support.outgoing import relay, send_all

pytestmark = pytest.mark.django_db(transaction=True)


def refuse(dev: MailingList, member: Membership, cause: BounceCause, kind: BounceKind, message: str = "one") -> None:
    address = member.subscriber_address
    assert address is not None
    BounceEvent.objects.create(
        mlist=dev,
        membership=member,
        address=address.email,
        kind=kind,
        cause=cause,
        source=BounceSource.SMTP,
        message_id=f"{message}@example.org",
        diagnostic="550 5.7.26 unauthenticated mail from example.com is not accepted",
    )


@pytest.mark.feature("beyond.bounce-wave")
def test_a_wave_scores_nobody_and_is_told_once(dev: MailingList, anne: User) -> None:
    make_members(dev, 40, "member{0}@host{0}.example")
    everybody = list(dev.memberships.filter(role=1).order_by("pk"))
    dead, unclear, *others = everybody
    refuse(dev, unclear, BounceCause.OTHER, BounceKind.HARD)
    scoring.process_waiting()
    unclear.refresh_from_db()
    assert unclear.bounce_score == 1
    for member in others:
        refuse(dev, member, BounceCause.AUTHENTICATION, BounceKind.POLICY)
    refuse(dev, dead, BounceCause.NO_MAILBOX, BounceKind.HARD)

    scoring.process_waiting()

    assert list(dev.memberships.filter(bounce_score__gt=0)) == [dead]
    assert [notice.kind for notice in Notice.objects.all()] == ["bounce-wave"]
    with relay() as server:
        send_all()
    [mail] = server.mails
    text = mail.content.decode().replace("=\r\n", "")
    assert (mail.sender, mail.recipients) == ("", ["anne@example.com"])
    for words in ("DMARC, SPF, DKIM", "one@example.org", "unauthenticated mail from example.com"):
        assert words in text


@pytest.mark.feature("beyond.bounce-wave")
def test_an_unclear_refusal_behind_the_wave_scores_nobody(dev: MailingList, anne: User) -> None:
    make_members(dev, 10, "member{0}@host{0}.example")
    last, *others = dev.memberships.filter(role=1)
    for member in others:
        refuse(dev, member, BounceCause.BLOCKLIST, BounceKind.POLICY)
    scoring.process_waiting()
    refuse(dev, last, BounceCause.OTHER, BounceKind.HARD)
    scoring.process_waiting()
    assert not dev.memberships.filter(bounce_score__gt=0).exists()


def test_one_domain_that_refuses_is_no_wave(dev: MailingList, anne: User) -> None:
    make_members(dev, 10, "member{}@strict.example")
    for member in dev.memberships.filter(role=1):
        refuse(dev, member, BounceCause.CONTENT, BounceKind.POLICY)
    scoring.process_waiting()
    assert Notice.objects.count() == 0
    assert not dev.memberships.filter(bounce_score__gt=0).exists()
