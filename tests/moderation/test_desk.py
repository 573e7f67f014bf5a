import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from accounts.models import Address, User
from archives.enums import State
from archives.models import Arrival
from archives.transitions import LostLease
from lists.enums import MemberRole
from lists.models import MailingList, Membership
from moderation import chains
from moderation.errors import AlreadyDecided
from moderation.models import HeldMessage
from moderation.services import desk
from suite.common.enums import BellKind
from suite.common.models import Bell, Event
from tests.support.factories import make_list, make_member, make_user
from tests.support.letters import make_candidates, make_letter
from tests.support.waiting import PATIENCE

pytest_plugins = ["tests.support.cast"]


def hold(mlist: MailingList, *letters: bytes, lease: str | None = None) -> list[HeldMessage]:
    """Judge these posts, which come with a null return path, and hold them."""
    cases = [
        (candidate, chains.run(mlist.posting_chain, candidate, mlist))
        for candidate in make_candidates(mlist, *((raw, "bounces@example.com") for raw in letters))
    ]
    with transaction.atomic():
        return desk.hold(mlist, cases, lease=lease)


@pytest.fixture
def held(dev: MailingList) -> HeldMessage:
    """Dora's post, which waits because she is no member."""
    [held] = hold(dev, make_letter("Dora <Dora@example.com>", "Coffee"))
    return HeldMessage.objects.get(pk=held.pk)


# --- holding ----------------------------------------------------------------------------------------------------------


def test_held_post_shows_what_a_moderator_has_to_know(held: HeldMessage, dev: MailingList) -> None:
    assert (held.mlist, held.decision) == (dev, "")
    assert (held.sender, held.sender_name, held.subject) == ("dora@example.com", "Dora", "Coffee")
    assert held.rule == "nonmember-moderation"
    assert held.reasons == [
        "The sender dora@example.com is not a member, and the list's action for nonmembers is hold."
    ]


def test_arrival_is_held_with_its_verdict(held: HeldMessage) -> None:
    arrival = Arrival.objects.get(pk=held.arrival_id)

    assert arrival.state == State.HELD
    assert arrival.reason == held.reasons[0]
    assert arrival.verdict["hits"] == ["nonmember-moderation"]
    assert arrival.verdict["misses"][:2] == ["dmarc-mitigation", "no-senders"]


def test_held_post_of_a_stranger_makes_one_nonmember(held: HeldMessage, dev: MailingList) -> None:
    [nonmember] = Membership.objects.filter(mlist=dev)

    assert (nonmember.role, nonmember.moderation_action) == (MemberRole.NONMEMBER, None)
    assert nonmember.address is not None
    assert nonmember.address.original_email == "Dora@example.com"
    assert (nonmember.address.display_name, nonmember.address.verified) == ("Dora", False)
    assert Address.objects.count() == 1


def test_later_posts_of_the_same_stranger_make_no_other(held: HeldMessage, dev: MailingList) -> None:
    hold(dev, make_letter("DORA@example.com", "Milk"), make_letter("dora@example.com", "Sugar"))

    assert (Membership.objects.count(), Address.objects.count()) == (1, 1)


def test_stranger_with_an_account_keeps_it(dora: User, dev: MailingList) -> None:
    hold(dev, make_letter("dora@example.com"))

    assert Membership.objects.get().address == dora.preferred_address
    assert Address.objects.count() == 1


def test_held_post_of_a_member_makes_no_row(bart: User, dev: MailingList) -> None:
    before = Membership.objects.count()

    hold(dev, make_letter("bart@example.com", subject=""))

    assert Membership.objects.count() == before


def test_held_post_that_nobody_wrote_makes_no_row(dev: MailingList) -> None:
    [candidate] = make_candidates(dev, (b"Subject: Tea\r\n\r\n", ""))

    desk.hold(dev, [(candidate, chains.run("hold", candidate, dev))])

    assert HeldMessage.objects.get().sender == ""
    assert not Address.objects.exists()


@pytest.mark.parametrize("count", [1, 20])
def test_run_of_held_posts_costs_four_queries_and_one_for_each(
    count: int, dev: MailingList, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    letters = [(make_letter(f"dora{number}@example.com"), "") for number in range(count)]
    cases = [(letter, chains.run("hold", letter, dev)) for letter in make_candidates(dev, *letters)]

    with django_assert_num_queries(4 + count):
        desk.hold(dev, cases)


def test_whose_lease_is_gone_holds_nothing(dev: MailingList) -> None:
    with pytest.raises(LostLease):
        hold(dev, make_letter("dora@example.com"), lease="somebody-else-has-it")

    assert not HeldMessage.objects.exists()
    assert not Address.objects.exists()
    assert Arrival.objects.get().state == State.RECEIVED


def test_hostile_header_is_stored(dev: MailingList) -> None:
    [held] = hold(dev, make_letter("=?utf-8?q?D=00ora=ED=A0=80?= <dora@example.com>", "=?utf-8?q?=00?=" + "x" * 3000))

    held.refresh_from_db()

    assert (held.sender, len(held.subject)) == ("dora@example.com", 998)


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_accepted_post_goes_on(
    held: HeldMessage,
    cris: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        desk.accept(held, cris, comment="Fine.")
        assert not Bell.objects.filter(kind=BellKind.JUDGE, rung=True).exists()

    held.refresh_from_db()
    assert (held.decision, held.decided_by, held.comment) == ("accepted", cris, "Fine.")
    assert held.arrival.state == State.ACCEPTED
    assert Bell.objects.get(kind=BellKind.JUDGE).rung
    assert mail.outbox == []


def test_rejected_post_ends_with_the_moderators_words_to_its_sender(held: HeldMessage, cris: User) -> None:
    desk.reject(held, cris, "We have coffee already.\nTry the kitchen list.")

    held.refresh_from_db()
    [message] = mail.outbox
    assert (held.decision, held.arrival.state) == ("rejected", State.REJECTED)
    assert message.to == ["dora@example.com"]
    assert message.subject == "Your post to dev@example.org was not accepted"
    assert "    Coffee\n" in message.body
    assert "    - We have coffee already.\n      Try the kitchen list.\n" in message.body
    assert "nonmembers is hold" not in message.body


def test_rejection_says_that_a_machine_wrote_it(held: HeldMessage, cris: User) -> None:
    desk.reject(held, cris)

    message = mail.outbox[0]
    built = message.message()
    assert message.from_email == "dev-bounces@example.org"
    assert built["From"] == "Dev <dev-owner@example.org>"
    assert (built["Auto-Submitted"], built["List-Id"]) == ("auto-replied", "<dev.example.org>")


def test_rejection_without_words_gives_the_rules_reasons(held: HeldMessage, cris: User) -> None:
    desk.reject(held, cris, "  ")

    assert "    - You are not a member of this list.\n" in mail.outbox[0].body


def test_rejected_post_with_null_return_path_is_not_answered(dev: MailingList, cris: User) -> None:
    [candidate] = make_candidates(dev, (make_letter("dora@example.com"), ""))
    [held] = desk.hold(dev, [(candidate, chains.run("hold", candidate, dev))])

    desk.reject(held, cris, "No.")

    assert mail.outbox == []


def test_discarded_post_ends_without_a_word(held: HeldMessage, cris: User) -> None:
    desk.discard(held, cris)

    held.refresh_from_db()
    assert (held.decision, held.arrival.state) == ("discarded", State.DISCARDED)
    assert mail.outbox == []


DECISIONS: list[Callable[[HeldMessage, User], None]] = [desk.accept, desk.reject, desk.discard]


@pytest.mark.parametrize("second", DECISIONS)
@pytest.mark.parametrize("first", DECISIONS)
def test_second_moderator_comes_too_late(
    first: Callable[[HeldMessage, User], None],
    second: Callable[[HeldMessage, User], None],
    held: HeldMessage,
    anne: User,
    cris: User,
) -> None:
    stale = HeldMessage.objects.get(pk=held.pk)
    first(held, cris)
    mails, events = len(mail.outbox), Event.objects.count()

    with pytest.raises(AlreadyDecided, match=f"This post has been {held.decision} already.") as refused:
        second(stale, anne)

    assert refused.value.http_status == 409
    assert HeldMessage.objects.get(pk=held.pk).decided_by == cris
    assert stale.decision == held.decision
    assert (len(mail.outbox), Event.objects.count()) == (mails, events)


@pytest.mark.django_db(transaction=True)
def test_of_two_moderators_at_once_exactly_one_decides() -> None:
    mlist = make_list("dev")
    moderators = [make_user("Anne"), make_user("Cris")]
    waiting = hold(mlist, *(make_letter("dora@example.com", f"Post {number}") for number in range(10)))
    together = threading.Barrier(2)
    outcomes: dict[str, list[str]] = {moderator.display_name: [] for moderator in moderators}

    def decide(moderator: User, decision: Callable[[HeldMessage, User], None]) -> None:
        try:
            for held in waiting:
                mine = HeldMessage.objects.get(pk=held.pk)
                together.wait(timeout=PATIENCE)
                try:
                    decision(mine, moderator)
                    outcomes[moderator.display_name].append("decided")
                except AlreadyDecided:
                    outcomes[moderator.display_name].append("late")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=decide, args=pair) for pair in zip(moderators, (desk.accept, desk.discard), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [set(pair) for pair in zip(*outcomes.values(), strict=True)] == [{"decided", "late"}] * 10
    states = {"Anne": State.ACCEPTED, "Cris": State.DISCARDED}
    for held in HeldMessage.objects.select_related("arrival", "decided_by"):
        assert held.decided_by is not None
        assert held.arrival.state == states[held.decided_by.display_name] == held.decision
    assert Event.objects.filter(kind__startswith="held.").count() == 10


def test_decision_leaves_an_event(held: HeldMessage, cris: User) -> None:
    desk.accept(held, cris, comment="Fine.")

    event = Event.objects.get(kind="held.accepted")
    assert (event.actor, event.list_id, event.subject) == ("cris@example.com", "dev.example.org", "dora@example.com")
    assert event.data == {"arrival": held.arrival_id, "comment": "Fine."}


# --- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.feature("core.held.max-days")
@pytest.mark.parametrize(
    ("max_days", "days", "expires"), [(5, 6, True), (5, 4, False), (0, 4000, False), (1, 1.001, True)]
)
def test_hold_expires_after_max_days(
    max_days: int, days: float, expires: bool, held: HeldMessage, dev: MailingList, anne: User, cris: User
) -> None:
    MailingList.objects.filter(pk=dev.pk).update(max_days_to_hold=max_days)

    assert desk.expire_due(timezone.now() + timedelta(days=days)) == int(expires)

    held.refresh_from_db()
    assert held.decision == ("expired" if expires else "")
    assert held.arrival.state == (State.EXPIRED if expires else State.HELD)
    told = [message.to for message in mail.outbox]
    assert told == ([["anne@example.com"], ["cris@example.com"]] if expires else [])


def test_owners_are_told_once_of_all_that_expired(held: HeldMessage, anne: User, dev: MailingList) -> None:
    hold(dev, make_letter("eve@example.com", ""))
    MailingList.objects.filter(pk=dev.pk).update(max_days_to_hold=5)

    desk.expire_due(timezone.now() + timedelta(days=6))

    [message] = mail.outbox
    assert message.subject == "dev@example.org: held posts discarded (2)"
    assert "    - dora@example.com: Coffee\n    - eve@example.com: (no subject)\n" in message.body


def test_post_that_was_decided_does_not_expire(held: HeldMessage, cris: User, dev: MailingList) -> None:
    desk.accept(held, cris)
    MailingList.objects.filter(pk=dev.pk).update(max_days_to_hold=5)

    assert desk.expire_due(timezone.now() + timedelta(days=6)) == 0


def test_setting_counts_as_it_is_now_and_for_its_own_list_only(held: HeldMessage, dev: MailingList) -> None:
    other = make_list("other", max_days_to_hold=1)
    make_member(other, "dora@example.com")
    hold(other, make_letter("dora@example.com"))
    later = timezone.now() + timedelta(days=30)

    assert desk.expire_due(later) == 1
    assert [waiting.mlist for waiting in HeldMessage.objects.filter(decision="")] == [dev]

    MailingList.objects.filter(pk=dev.pk).update(max_days_to_hold=31)
    assert desk.expire_due(later) == 0

    MailingList.objects.filter(pk=dev.pk).update(max_days_to_hold=29)
    assert desk.expire_due(later) == 1
    assert desk.expire_due(later) == 0
