"""Scores: what adds to them, what takes away, and what happens at the threshold."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from accounts.enums import DeliveryStatus
from accounts.models import User
from delivery.bounces import scoring
from delivery.enums import BounceCause, BounceKind, BounceSource
from delivery.models import BounceEvent, Notice
from delivery.services import cleaning
from lists.models import MailingList, Membership, Pending
from suite.common.models import Event
from tests.support.bouncing import bounce, days_pass, dsn, sent, signed
from tests.support.outgoing import relay, send_all
from tests.support.smtpd import CapturingServer

pytestmark = pytest.mark.django_db(transaction=True)

_posts = count(1)


def fail(dev: MailingList, member: Membership, status: str = "5.1.1", words: str = "550 5.1.1 no such user") -> None:
    """A signed bounce of a post of its own, a day after the last."""
    days_pass(member)
    bounce(dsn(status=status, diagnostic=words, message_id=f"failing-{next(_posts)}@example.org"), signed(dev))
    member.refresh_from_db()


def sent_mail() -> CapturingServer:
    with relay() as server:
        send_all()
    return server


@pytest.mark.feature("core.bounce.score")
class TestScore:
    def test_days_count_and_not_bounces(self, dev: MailingList, member: Membership) -> None:
        fail(dev, member)
        for number in range(3):
            bounce(dsn(message_id=f"same-day-{number}@example.org"), signed(dev))
        member.refresh_from_db()
        assert member.bounce_score == 1
        fail(dev, member)
        assert member.bounce_score == 2

    def test_it_begins_again_when_stale(self, dev: MailingList, member: Membership) -> None:
        MailingList.objects.update(bounce_info_stale_after=timedelta(days=7))
        for _ in range(3):
            fail(dev, member)
        assert member.bounce_score == 3
        days_pass(member, 7)
        fail(dev, member)
        assert member.bounce_score == 1

    def test_at_the_threshold_mail_stops(self, dev: MailingList, member: Membership) -> None:
        MailingList.objects.update(bounce_score_threshold=3)
        for _ in range(2):
            fail(dev, member)
        assert member.effective("delivery_status") == DeliveryStatus.ENABLED
        fail(dev, member)
        assert (member.effective("delivery_status"), member.bounce_score) == (DeliveryStatus.BY_BOUNCES, 0)
        assert Event.objects.filter(kind="member.disabled", subject="bart@example.com").count() == 1
        fail(dev, member)
        assert member.bounce_score == 0

    def test_soft_bounces_and_strangers_never_score(self, dev: MailingList, member: Membership) -> None:
        fail(dev, member, "4.4.7", "delivery time expired")
        bounce(dsn(), signed(dev, "dora@example.com"))
        member.refresh_from_db()
        assert member.bounce_score == 0

    def test_whoever_is_switched_off_is_left_alone(self, dev: MailingList, member: Membership) -> None:
        Membership.objects.update(delivery_status=DeliveryStatus.BY_USER)
        fail(dev, member)
        assert (member.bounce_score, member.delivery_status) == (0, DeliveryStatus.BY_USER)


@pytest.mark.feature("beyond.bounce-cause")
class TestCause:
    @pytest.mark.parametrize(
        ("status", "words", "cause", "points"),
        [
            ("5.1.1", "550 5.1.1 unknown", BounceCause.NO_MAILBOX, 1),
            ("5.2.2", "552 5.2.2 over quota", BounceCause.FULL, 0),
            ("5.7.1", "550 5.7.1 policy", BounceCause.POLICY, 0),
            ("5.7.26", "550 5.7.26 DMARC", BounceCause.AUTHENTICATION, 0),
            ("4.4.1", "timed out", BounceCause.UNREACHABLE, 0),
        ],
    )
    def test_it_decides_and_is_said_in_words(
        self, dev: MailingList, member: Membership, anne: User, status: str, words: str, cause: BounceCause, points: int
    ) -> None:
        MailingList.objects.update(bounce_notify_owner_on_bounce_increment=True)
        fail(dev, member, status, words)
        event = BounceEvent.objects.get()
        assert (event.cause, event.points, member.bounce_score) == (cause, points, points)
        texts = [mail.content.decode() for mail in sent_mail().mails]
        assert [f"Cause: {cause.label}." in text.replace("=\r\n", "") for text in texts] == [True] * points

    def test_a_full_mailbox_counts_once_it_has_been_full_for_days(self, dev: MailingList, member: Membership) -> None:
        points = []
        for _ in range(5):
            fail(dev, member, "5.2.2", "552 5.2.2 over quota")
            points.append(member.bounce_score)
        assert points == [0, 0, 0, 1, 2]

    def test_a_later_success_lowers_the_score(self, dev: MailingList, member: Membership) -> None:
        for _ in range(2):
            fail(dev, member)
        bounce(dsn(status="2.0.0", diagnostic="250 ok", action="delivered"), signed(dev))
        member.refresh_from_db()
        assert member.bounce_score == 1


@pytest.mark.feature("core.bounce.owner-notices", "core.template.admin-bounce")
class TestOwners:
    @pytest.mark.parametrize("wanted", [True, False])
    def test_increment_and_disabling_are_told_as_the_list_wants(
        self, dev: MailingList, member: Membership, anne: User, wanted: bool
    ) -> None:
        MailingList.objects.update(
            bounce_score_threshold=2,
            bounce_notify_owner_on_bounce_increment=wanted,
            bounce_notify_owner_on_disable=wanted,
        )
        fail(dev, member)
        fail(dev, member)
        kinds = Notice.objects.order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == (["bounce-increment", "bounce-increment", "bounce-disable"] if wanted else [])
        for mail in sent_mail().mails:
            assert (mail.sender, mail.recipients) == ("", ["anne@example.com"])
            for words in (b"bart@example.com", b"dev@example.org", b"message/rfc822", b"Final-Recipient: rfc822; bart"):
                assert words in mail.content

    def test_a_list_without_people_tells_the_site(self, dev: MailingList, member: Membership, settings: Any) -> None:
        settings.SITE_OWNER = "postmaster@example.org"
        MailingList.objects.update(bounce_score_threshold=1)
        fail(dev, member)
        assert [mail.recipients for mail in sent_mail().mails] == [["postmaster@example.org"]]


@pytest.mark.feature("core.bounce.probe")
class TestProbe:
    @pytest.fixture
    def token(self, dev: MailingList, member: Membership, settings: Any) -> str:
        """A question is on its way; its token."""
        settings.VERP_PROBES = True
        MailingList.objects.update(bounce_score_threshold=1, bounce_notify_owner_on_disable=False)
        fail(dev, member)
        assert (member.bounce_score, member.delivery_status) == (0, None)
        [mail] = sent_mail().mails
        assert mail.recipients == ["bart@example.com"]
        assert b"message/rfc822" in mail.content
        assert b"Final-Recipient: rfc822; bart@example.com" in mail.content
        local, _, domain = mail.sender.partition("@")
        name, _, found = local.partition("+")
        assert (name, domain) == ("dev-bounces", "example.org")
        return found

    def test_its_bounce_stops_the_mail_at_once(self, dev: MailingList, member: Membership, token: str) -> None:
        bounce(dsn("somebody@else.example"), f"dev-bounces+{token}@example.org")
        member.refresh_from_db()
        assert member.delivery_status == DeliveryStatus.BY_BOUNCES
        event = BounceEvent.objects.get(probe=True)
        assert (event.source, event.membership) == (BounceSource.PROBE, member)

    def test_a_second_bounce_does_nothing(self, dev: MailingList, member: Membership, token: str) -> None:
        bounce(dsn(), f"dev-bounces+{token}@example.org")
        Membership.objects.update(delivery_status=None)
        bounce(dsn(diagnostic="550 5.1.1 again"), f"dev-bounces+{token}@example.org")
        member.refresh_from_db()
        assert (member.delivery_status, BounceEvent.objects.filter(probe=True).count()) == (None, 1)

    def test_a_delay_of_it_does_nothing(self, dev: MailingList, member: Membership, token: str) -> None:
        bounce(dsn(status="4.4.1", diagnostic="451 later", action="delayed"), f"dev-bounces+{token}@example.org")
        member.refresh_from_db()
        assert (member.delivery_status, Pending.objects.count()) == (None, 1)

    def test_no_bounce_in_time_leaves_him_enabled(self, dev: MailingList, member: Membership, token: str) -> None:
        assert Pending.objects.get().expires_at - Pending.objects.get().created_at >= timedelta(days=9, hours=23)
        Pending.objects.update(expires_at=Pending.objects.get().created_at)
        bounce(dsn(message_id="late@example.org"), f"dev-bounces+{token}@example.org")
        member.refresh_from_db()
        assert member.delivery_status is None

    def test_a_relay_that_refuses_it_stops_the_mail(self, dev: MailingList, member: Membership, settings: Any) -> None:
        settings.VERP_PROBES = True
        MailingList.objects.update(bounce_score_threshold=1, bounce_notify_owner_on_disable=False)
        fail(dev, member)
        with relay(refuse={"^bart": "550 5.1.1 no such user"}):
            send_all()
        scoring.process_waiting()
        member.refresh_from_db()
        assert member.delivery_status == DeliveryStatus.BY_BOUNCES
        event = BounceEvent.objects.get(probe=True)
        assert (event.diagnostic, event.processed_at is not None, Pending.objects.count()) == ("no such user", True, 0)

    def test_bounces_that_anybody_could_write_lead_to_a_question(self, dev: MailingList, member: Membership) -> None:
        """They return a post that everybody can see, so the member himself is asked before anything happens."""
        MailingList.objects.update(bounce_score_threshold=2)
        for number in range(2):
            days_pass(member)
            sent(dev, f"public-{number}@example.org")
            bounce(dsn(message_id=f"public-{number}@example.org"))
        member.refresh_from_db()
        assert (member.bounce_score, member.delivery_status) == (0, None)
        assert [notice.kind for notice in Notice.objects.all()] == ["bounce-probe"]


class TestRefusals:
    """What a relay refuses at once is scored like what comes back, by the drain."""

    def refusal(self, dev: MailingList, member: Membership, **fields: Any) -> BounceEvent:
        row: dict[str, Any] = {
            "kind": BounceKind.HARD,
            "cause": BounceCause.NO_MAILBOX,
            "message_id": f"r{next(_posts)}@example.org",
        }
        row |= {"mlist": dev, "membership": member, "address": "bart@example.com", "source": BounceSource.SMTP} | fields
        return BounceEvent.objects.create(**row)

    def test_they_are_scored_once(self, dev: MailingList, member: Membership) -> None:
        event = self.refusal(dev, member)
        assert scoring.is_due()
        scoring.process_waiting()
        scoring.process_waiting()
        member.refresh_from_db()
        event.refresh_from_db()
        assert (member.bounce_score, event.points, scoring.is_due()) == (1, 1, False)
        assert event.processed_at is not None

    def test_a_report_of_the_same_post_adds_nothing(self, dev: MailingList, member: Membership) -> None:
        self.refusal(dev, member, message_id="post-1@example.org")
        scoring.process_waiting()
        days_pass(member)
        bounce(dsn(), signed(dev))
        member.refresh_from_db()
        assert (member.bounce_score, BounceEvent.objects.count()) == (1, 1)


def test_old_events_go_unless_a_score_rests_on_them(dev: MailingList, member: Membership, settings: Any) -> None:
    settings.KEEP_BOUNCE_DAYS = 3
    fail(dev, member, "5.7.1", "550 5.7.1 policy")
    fail(dev, member)
    days_pass(member, 1.9)
    assert cleaning.sweep_bounces() == 0
    days_pass(member, 2)
    assert cleaning.sweep_bounces() == 1
    assert [event.points for event in BounceEvent.objects.all()] == [1]
    Membership.objects.update(bounce_score=0)
    assert (cleaning.sweep_bounces(), BounceEvent.objects.count()) == (1, 0)


def test_a_full_mailbox_is_remembered_for_as_long_as_it_counts(dev: MailingList, member: Membership) -> None:
    MailingList.objects.update(bounce_info_stale_after=timedelta(days=7))
    fail(dev, member, "5.2.2", "552 5.2.2 mailbox full")
    days_pass(member, 3)
    assert cleaning.sweep_bounces() == 0
    fail(dev, member, "5.2.2", "552 5.2.2 mailbox full")
    assert member.bounce_score == 1
    Membership.objects.update(bounce_score=0)
    days_pass(member, 9.5)
    assert (cleaning.sweep_bounces(), BounceEvent.objects.count()) == (1, 1)
    days_pass(member, 1)
    assert (cleaning.sweep_bounces(), BounceEvent.objects.count()) == (1, 0)
