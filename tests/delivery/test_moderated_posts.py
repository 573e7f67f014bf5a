"""What the desk and the rules mean for a whole journey: which rows are left, who gets what."""

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction
from pytest_django.fixtures import Settings

from accounts.models import Address
from archives.enums import Origin, State
from archives.models import Arrival, Letter, Post
from archives.services import parking
from archives.services.intake import Incoming, keep
from delivery.models import Notice
from delivery.services import runs
from lists.addressing import resolve
from lists.enums import Action, MemberRole
from lists.models import MailingList, Membership
from lists.services.bans import ban
from moderation.errors import AlreadyDecided
from moderation.models import HeldMessage
from moderation.services import desk
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev", admin_immed_notify=False)
    for name in ("anne", "bart"):
        make_member(mlist, f"{name}@example.com")
    return mlist


def strangers(count: int) -> list[Incoming]:
    """As many posts, each of somebody else."""
    return [
        Incoming(
            letter(sender=f"Stranger <stranger{number}@example.com>"),
            f"bounces{number}@example.com",
            (resolve("dev@example.org"),),
            ("dev@example.org",),
            Origin.LMTP,
        )
        for number in range(count)
    ]


@pytest.mark.feature("core.model.nonmember-growth")
def test_spam_does_not_grow_the_tables(dev: MailingList) -> None:
    MailingList.objects.update(default_nonmember_action=Action.DISCARD)
    people = (Address.objects.count(), Membership.objects.count())

    keep(strangers(1000))
    judge_all()

    assert Arrival.objects.filter(state=State.DISCARDED).count() == 1000
    assert (Address.objects.count(), Membership.objects.count()) == people

    MailingList.objects.update(default_nonmember_action=Action.HOLD)
    arrive(letter(sender="Dora <dora@example.com>"), sender="bounces@example.com")
    judge_all()

    assert (Address.objects.count(), Membership.objects.count()) == (people[0] + 1, people[1] + 1)
    assert Membership.objects.get(role=MemberRole.NONMEMBER).address == Address.objects.get(email="dora@example.com")


@pytest.mark.feature("core.held.accept")
def test_accepted_post_goes_to_the_pipeline_once_and_no_rule_sees_it_again(dev: MailingList) -> None:
    cris = make_user("Cris")
    [arrival] = arrive(letter(sender="Dora <dora@example.com>"), sender="dora@example.com")
    judge_all()
    held = HeldMessage.objects.get()
    ban("dora@example.com", dev)  # a second look at the rules would discard it

    desk.accept(HeldMessage.objects.get(), cris)
    with relay() as server:
        judge_all()
        with pytest.raises(AlreadyDecided):
            desk.accept(held, cris)
        judge_all()
        send_all()

    copies = [delivery for delivery in server.deliveries if b"List-Post" in delivery.content]
    assert sorted(copy.recipient for copy in copies) == ["anne@example.com", "bart@example.com"]
    assert all(b"\r\nX-Mailman-Approved-At: " in copy.content for copy in copies)
    assert all(b"\r\nX-Mailman-Rule-Hits: nonmember-moderation\r\n" in copy.content for copy in copies)
    arrival.refresh_from_db()
    assert arrival.state == State.DISTRIBUTED
    assert Post.objects.count() == 1


@pytest.mark.parametrize("password", ["open sesame", "wrong"])
def test_password_of_a_post_is_seen_by_nobody_right_or_wrong(password: str, dev: MailingList) -> None:
    MailingList.objects.update(moderator_password=make_password("open sesame"), emergency=password == "open sesame")
    body = f"Approved: {password}\n\nGood morning.\n"

    [arrival] = arrive(letter(body=body, approved=password, x_approve=password))
    with relay() as server:
        judge_all()
        send_all()

    arrival.refresh_from_db()
    assert arrival.state == State.DISTRIBUTED
    assert [password.encode() in delivery.content for delivery in server.deliveries] == [False, False]
    published = Letter.objects.get(posts__isnull=False)
    assert password.encode() not in bytes(published.raw)
    assert Post.objects.get().text == "Good morning."


def test_forger_draws_no_more_than_a_days_share_of_notices(dev: MailingList) -> None:
    for _ in range(15):
        arrive(letter(sender="DORA@example.com"), sender="dora@example.com")

    judge_all()

    assert HeldMessage.objects.count() == 15
    kinds = Notice.objects.filter(recipient="dora@example.com").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["held"] * 10 + ["no-more-today"]


def test_accepted_post_that_failed_is_not_judged_again_when_it_is_retried(dev: MailingList) -> None:
    """It has been held once, and was let through; and what its first judging cost it counts no more."""
    [arrival] = arrive(letter(sender="Dora <dora@example.com>"), sender="dora@example.com")
    judge_all()
    Arrival.objects.update(attempts=runs.MAX_ATTEMPTS)
    desk.accept(HeldMessage.objects.get(), None)
    arrival.refresh_from_db()
    assert (arrival.state, arrival.attempts) == (State.ACCEPTED, 0)
    Arrival.objects.update(attempts=runs.MAX_ATTEMPTS)
    judge_all()
    arrival.refresh_from_db()
    assert arrival.state == State.SHUNTED

    parking.retry(arrival, by="operator")
    judge_all()

    arrival.refresh_from_db()
    assert (arrival.state, arrival.reason) == (State.DISTRIBUTED, "")


def test_rejection_at_the_desk_is_sent_if_and_only_if_it_was_decided(dev: MailingList, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "delivery.mail_backend.OutboxBackend"
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()

    with pytest.raises(RuntimeError), transaction.atomic():
        desk.reject(HeldMessage.objects.get(), None, "Undone.")
        raise RuntimeError
    desk.reject(HeldMessage.objects.get(), make_user("Cris"), "No coffee here.")
    with relay() as server:
        send_all()

    [notice] = [delivery for delivery in server.deliveries if b"was not accepted" in delivery.content]
    assert notice.recipient == "dora@example.com"
    assert b"No coffee here." in notice.content
    assert list(Notice.objects.filter(kind="rejected").values_list("recipient", "mlist_id")) == [
        ("dora@example.com", dev.pk)
    ]
