"""A letter to -bounces: whose copy came back, and what makes it count."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import DeliveryStatus
from accounts.models import User
from archives.enums import State
from delivery import journey
from delivery.bounces import telling
from delivery.enums import BounceCause, BounceKind, BounceSource
from delivery.models import BounceEvent, Notice
from delivery.roads import of_run, travel
from delivery.services import runs
from lists.enums import UnrecognizedBounceDisposition
from lists.models import MailingList, Membership
from moderation import candidates
from suite.mail import wire
from tests.mail.bounces import letters
from tests.mail.bounces.letters import QUIET, feedback, plain
from tests.support.bouncing import NO_USER, bounce, dsn, sent, signed
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive

pytestmark = pytest.mark.django_db(transaction=True)


def score(member: Membership) -> int:
    member.refresh_from_db()
    return member.bounce_score


@pytest.mark.feature("core.bounce.verp")
def test_a_signed_return_path_names_the_member_whatever_the_body_says(dev: MailingList, member: Membership) -> None:
    other = make_member(dev, "dora@example.com")
    bounce(dsn("dora@example.com"), signed(dev))
    event = BounceEvent.objects.get()
    assert (event.membership, event.address, event.source, event.proven) == (
        member,
        "bart@example.com",
        BounceSource.DSN,
        True,
    )
    assert (score(member), score(other)) == (1, 0)


@pytest.mark.parametrize("count", [1, 3])
def test_what_a_run_is_asked_about_is_looked_up_at_once(
    dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    """Signed return paths and Message-IDs by turns."""
    sent(dev)
    people = [f"member{number}@example.com" for number in range(count)]
    members = [make_member(dev, email) for email in people]
    for number, email in enumerate(people):
        arrive(
            wire.normalise_newlines(dsn(email)), signed(dev, email) if number % 2 else dev.bounces_address, sender=""
        )
    lease = journey.leases.take_lane()
    assert lease is not None
    run = runs.claim(lease)
    assert run is not None
    run_letters = candidates.build(run.arrivals, run.mlist, run.letters)

    with django_assert_num_queries(2):  # posts, members
        roads = of_run(run_letters, run.mlist, timezone.now())
        results = [travel(one, run.mlist, 1, timezone.now(), roads) for one in run_letters]

    journey.distribution.write(lease, run, results)
    assert [score(member) for member in members] == [1] * count


@pytest.mark.parametrize("proven", [True, False])
def test_a_button_that_says_unsubscribe_is_for_the_owners_to_see(
    dev: MailingList, anne: User, member: Membership, proven: bool
) -> None:
    """Anybody can write one in anybody's name, and to a return path that was forwarded."""
    button = "Auto-Submitted: auto-replied\nX-Apple-Unsubscribe: true\n"
    raw = plain("Unsubscribe me.", subject="unsubscribe", author="bart@example.com", extra=button)
    bounce(raw, signed(dev) if proven else dev.bounces_address)
    assert list(dev.memberships.filter(pk=member.pk)) == [member]
    assert [notice.recipient for notice in Notice.objects.filter(kind="bounce-unrecognized")] == ["anne@example.com"]


@pytest.mark.feature("core.bounce.verp")
def test_a_delay_is_not_scored(dev: MailingList, member: Membership) -> None:
    bounce(dsn(status="4.4.1", diagnostic="451 timed out", action="delayed"), signed(dev))
    assert (BounceEvent.objects.get().kind, score(member)) == (BounceKind.SOFT, 0)


@pytest.mark.feature("core.bounce.verp")
def test_what_is_no_report_is_not_recognised(dev: MailingList, anne: User, member: Membership) -> None:
    arrival = bounce(plain("Hello, is there anybody?", subject="Hi", author="dora@example.com"), signed(dev))
    assert (arrival.state, arrival.reason) == (State.DISTRIBUTED, "a bounce that names nobody")
    assert (BounceEvent.objects.count(), score(member)) == (0, 0)
    assert [notice.recipient for notice in Notice.objects.filter(kind="bounce-unrecognized")] == ["anne@example.com"]


@pytest.mark.feature("core.bounce.verp")
@pytest.mark.parametrize("field", ["To", "Delivered-To", "Envelope-To", "Apparently-To"])
def test_forwarders_leave_the_return_path_in_the_header(dev: MailingList, member: Membership, field: str) -> None:
    letter = dsn("somebody@elsewhere.example").replace(b"To: dev-bounces@lists.example.org\n", b"")
    bounce(f"{field}: {signed(dev)}\n".encode() + letter)
    assert score(member) == 1


def test_a_report_without_verp_counts_when_it_returns_a_post_of_the_list(dev: MailingList, member: Membership) -> None:
    sent(dev)
    bounce(dsn())
    event = BounceEvent.objects.get()
    assert (event.membership, event.cause, event.proven) == (member, BounceCause.NO_MAILBOX, False)
    assert score(member) == 1


@pytest.mark.feature("core.runner.bounces")
def test_each_failed_member_has_an_event_with_time_and_context(dev: MailingList, member: Membership) -> None:
    other = make_member(dev, "dora@example.com")
    sent(dev)
    raw = dsn().replace(b"\n--b\nContent-Type: text/rfc822", b"\n\nFinal-Recipient: rfc822; dora@example.com\n"
                        b"Action: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822")  # fmt: skip
    arrival = bounce(raw)
    assert arrival.state == State.DISTRIBUTED
    events = BounceEvent.objects.order_by("address")
    assert [(event.membership, event.probe, event.message_id) for event in events] == [
        (member, False, "post-1@example.org"),
        (other, False, "post-1@example.org"),
    ]
    assert [event.at for event in events] == [event.processed_at for event in events]


@pytest.mark.feature("core.runner.bounces", "core.bounce.owner-notices")
def test_a_list_that_processes_no_bounces_drops_them(dev: MailingList, member: Membership) -> None:
    MailingList.objects.update(process_bounces=False)
    arrival = bounce(dsn(), signed(dev))
    assert (arrival.state, arrival.reason) == (State.DISCARDED, "the list looks at no bounces")
    assert (BounceEvent.objects.count(), score(member)) == (0, 0)


class TestForged:
    @pytest.mark.parametrize("to", ["dev-bounces@example.org", "dev-bounces+bart=example.com@example.org",
                                    "dev-bounces+bart=example.com+512a0123456789ab@example.org"])  # fmt: skip
    def test_it_does_nothing(self, dev: MailingList, member: Membership, to: str) -> None:
        arrival = bounce(dsn(message_id="made-up@example.org"), to)
        assert (arrival.state, BounceEvent.objects.count(), score(member)) == (State.DISCARDED, 0, 0)
        assert arrival.reason == "nothing in it shows that it answers mail of this list"

    def test_a_signature_is_worth_nothing_elsewhere(self, dev: MailingList, member: Membership) -> None:
        other_list = make_list("other")
        there = make_member(other_list, "bart@example.com")
        make_member(dev, "dora@example.com")
        for path in (
            signed(dev).replace("dev-", "other-"),
            signed(dev).replace("bart=", "dora="),
            signed(dev, days_ago=60),
        ):
            bounce(dsn(message_id="made-up@example.org"), path)
        assert BounceEvent.objects.count() == 0
        assert (score(member), score(there)) == (0, 0)

    def test_a_signature_that_is_shown_often_counts_once_a_day(self, dev: MailingList, member: Membership) -> None:
        for number in range(10):
            bounce(dsn(message_id=f"post-{number}@example.org"), signed(dev))
        assert score(member) == 1

    def test_one_post_is_one_event_however_often_it_is_told(self, dev: MailingList, member: Membership) -> None:
        for number in range(5):
            bounce(dsn(diagnostic=f"550 5.1.1 no such user {number}"), signed(dev))
        assert BounceEvent.objects.count() == 1

    def test_letter_case_says_nothing(self, dev: MailingList, member: Membership) -> None:
        bounce(dsn(), signed(dev).upper())
        assert score(member) == 1

    def test_a_post_of_long_ago_is_no_proof(self, dev: MailingList, member: Membership, settings: Any) -> None:
        sent(dev, days_ago=settings.BOUNCE_DAYS + 1)
        assert bounce(dsn()).state == State.DISCARDED
        assert score(member) == 0


@pytest.mark.feature("core.bounce.unrecognised")
@pytest.mark.parametrize(
    ("disposition", "recipients"),
    [
        (UnrecognizedBounceDisposition.DISCARD, []),
        (UnrecognizedBounceDisposition.ADMINISTRATORS, ["anne@example.com", "cris@example.com"]),
        (UnrecognizedBounceDisposition.SITE_OWNER, ["postmaster@example.org"]),
    ],
)
def test_unrecognised_bounces_go_where_the_list_wants(
    dev: MailingList,
    anne: User,
    cris: User,
    settings: Any,
    disposition: UnrecognizedBounceDisposition,
    recipients: list[str],
) -> None:
    settings.SITE_OWNER = "postmaster@example.org"
    MailingList.objects.update(forward_unrecognized_bounces_to=disposition)
    raw = plain("The pigeon has lost its way.", subject="Pigeon post")
    with relay() as server:
        bounce(raw)
        send_all()
    assert sorted(delivery.recipient for delivery in server.deliveries) == recipients
    for mail in server.mails:
        assert mail.sender == ""
        assert b"message/rfc822" in mail.content
        assert b"The pigeon has lost its way." in mail.content


def test_a_flood_of_them_does_not_become_a_flood_to_the_owners(
    dev: MailingList, anne: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "A_DAY", 2)
    for number in range(4):
        assert bounce(plain(f"Pigeon {number}", subject="Pigeon post")).state == State.DISTRIBUTED
    assert [notice.recipient for notice in Notice.objects.all()] == ["anne@example.com"] * 2


def test_automatic_answers_bother_nobody(dev: MailingList, anne: User, member: Membership) -> None:
    vacation = next(letter for name, letter, _ in QUIET if name == "vacation")
    assert (bounce(vacation, signed(dev)).reason, Notice.objects.count()) == ("an automatic answer", 0)


def test_strangers_are_no_members(dev: MailingList) -> None:
    sent(dev)
    arrival = bounce(dsn("dora@example.com"))
    assert (arrival.state, arrival.reason) == (State.DISCARDED, "it names nobody who is a member")
    assert BounceEvent.objects.count() == 0


@pytest.mark.feature("beyond.complaint-arf")
class TestComplaints:
    def test_abuse_ends_the_membership_of_the_copy_that_was_complained_of(
        self, dev: MailingList, anne: User, member: Membership
    ) -> None:
        sent(dev)
        returned = f"Return-Path: <{signed(dev)}>\nMessage-ID: <post-1@example.org>\nTo: dev@example.org\n"
        with relay() as server:
            arrival = bounce(feedback(recipient="redacted@example.com", returned=returned))
            send_all()
        assert arrival.reason == "a complaint: taken off the list"
        assert not Membership.objects.filter(pk=member.pk).exists()
        [goodbye] = [mail for mail in server.mails if mail.recipients == ["bart@example.com"]]
        assert b"dev-join@example.org" in goodbye.content

    @pytest.mark.parametrize("kind", ["fraud", "not-spam", "opt-out", "auth-failure"])
    def test_other_types_do_not(self, dev: MailingList, member: Membership, kind: str) -> None:
        bounce(feedback(kind, returned=f"Return-Path: <{signed(dev)}>\nMessage-ID: <post-1@example.org>\n"))
        assert Membership.objects.filter(pk=member.pk).exists()

    def test_a_forged_one_goes_to_the_owners(self, dev: MailingList, anne: User, member: Membership) -> None:
        sent(dev)
        bounce(feedback())
        assert Membership.objects.filter(pk=member.pk).exists()
        assert Notice.objects.get().kind == "bounce-unrecognized"


@pytest.mark.feature("core.bounce.no-loop")
class TestNoLoop:
    """What a bounce causes comes back to us: nobody is written to again, whoever the report says wrote it."""

    def sent_and_returned(self, dev: MailingList) -> int:
        """All that was sent comes back as the text of a report from a stranger; how much more is sent then."""
        with relay() as server:
            send_all()
        assert server.mails
        with relay() as again:
            for mail in server.mails:
                header = mail.content.partition(b"\r\n\r\n")[0].decode()
                raw = letters.dsn(letters.per_recipient(mail.recipients[0], "5.1.1", NO_USER), returned=header)
                bounce(b"Reply-To: dora@example.com\n" + raw, mail.sender or "dev-bounces@example.org")
            send_all()
        return len(again.mails)

    def test_owner_notices(self, dev: MailingList, anne: User, member: Membership) -> None:
        MailingList.objects.update(bounce_score_threshold=1)
        bounce(dsn(), signed(dev))
        assert self.sent_and_returned(dev) == 0

    def test_unrecognised_bounces(self, dev: MailingList, anne: User) -> None:
        bounce(plain("Lost.", subject="Pigeon post"))
        assert self.sent_and_returned(dev) == 0

    def test_probes(self, dev: MailingList, member: Membership, settings: Any) -> None:
        settings.VERP_PROBES = True
        MailingList.objects.update(bounce_score_threshold=1, bounce_notify_owner_on_disable=False)
        bounce(dsn(), signed(dev))
        assert self.sent_and_returned(dev) == 0
        assert Membership.objects.get(pk=member.pk).delivery_status == DeliveryStatus.BY_BOUNCES
