"""Each small step of judging, shaping and counting bounces, and a worker that dies there: the next one does all of it, once."""

import re
from collections import Counter
from typing import Any

import pytest

from accounts.enums import DeliveryStatus
from archives.enums import State
from archives.models import Arrival, Post
from delivery import journey, pipelines
from delivery.bounces import reminding
from delivery.models import Batch, BounceEvent, DigestEntry, Notice
from delivery.services import invariants
from lists.enums import Action, MemberRole
from lists.models import MailingList, Membership, Pending
from lists.services import resuming
from moderation.models import HeldMessage
from suite.common.models import Event
from suite.mail import wire
from tests.support.bouncing import dsn, signed
from tests.support.digests import MIME
from tests.support.dying import dies_at
from tests.support.factories import make_list, make_member
from tests.support.notices import told
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]

BART, DORA = "bart@example.com", "dora@example.com"


@pytest.fixture
def dev() -> MailingList:
    """Anne owns it; Bart gets posts, Cris digests."""
    mlist = make_list("dev", digest_size_threshold=0)
    make_member(mlist, "anne@example.com", MemberRole.OWNER)
    make_member(mlist, BART)
    make_member(mlist, "cris@example.com", **MIME)
    return mlist


def judge() -> None:
    journey.judge(seconds=PATIENCE)


def post(sender: str = BART) -> Arrival:
    [arrival] = arrive(letter(sender=sender), sender=sender)
    return arrival


def written() -> tuple[int, ...]:
    """Posts, batches, what digests collect, held posts, and mails of our own."""
    return tuple(model.objects.count() for model in (Post, Batch, DigestEntry, HeldMessage, Notice))


def asked_rules() -> list[str]:
    """The rules that an ordinary post is asked about, in their order."""
    arrival = post()
    judge_all()
    arrival.refresh_from_db()
    return [*arrival.verdict["hits"], *arrival.verdict["misses"]]


def dies_everywhere(points: list[str]) -> None:
    """A post for each point, whose first worker dies there and leaves nothing behind."""
    for number, point in enumerate(points, Post.objects.count() + 1):
        arrival, before = post(), written()
        dies_at(point, judge)
        assert written() == before, point
        judge_all()
        arrival.refresh_from_db()
        assert (arrival.state, arrival.number) == (State.DISTRIBUTED, number), point
    with relay() as server:
        send_all()
    count = Post.objects.count()
    assert Counter(delivery.recipient for delivery in server.deliveries) == {BART: count}
    assert (DigestEntry.objects.count(), Batch.objects.count()) == (count, count)
    assert invariants.complaints() == []


def test_dying_before_any_rule(dev: MailingList) -> None:
    """C08 to C13."""
    rules = asked_rules()
    assert len(rules) > 15
    dies_everywhere([f"rule.{rule}" for rule in rules])


def test_dying_behind_any_handler(dev: MailingList) -> None:
    """C14 to C18."""
    handlers = pipelines.PIPELINES[pipelines.POSTING]
    dies_everywhere([f"handler.{handler.name}" for handler in handlers])


def test_dying_between_two_writes_of_a_post(dev: MailingList) -> None:
    """C16 to C20: behind the archive's row, the mail that goes out, and what the digest collects."""
    dies_everywhere(["journey.filed", "journey.planned", "journey.collected"])


@pytest.mark.parametrize(
    ("failpoint", "action", "state", "kinds"),
    [
        ("journey.held", Action.HOLD, State.HELD, {"held": 1, "post-waiting": 1}),
        ("journey.refused", Action.REJECT, State.REJECTED, {"rejected": 1}),
        ("journey.refused", Action.DISCARD, State.DISCARDED, {}),
    ],
    ids=["C10-hold", "C11-reject", "C12-discard"],
)
def test_dying_between_a_decision_and_its_notice(
    dev: MailingList, failpoint: str, action: Action, state: State, kinds: dict[str, int]
) -> None:
    MailingList.objects.update(default_nonmember_action=action)
    arrival, before = post(DORA), written()

    dies_at(failpoint, judge)
    assert written() == before
    judge_all()

    arrival.refresh_from_db()
    assert arrival.state == state
    assert HeldMessage.objects.count() == (action is Action.HOLD)
    assert Counter(one.kind for one in told()) == kinds


# --- bounces ----------------------------------------------------------------------------------------------------------


def bounced() -> tuple[Any, ...]:
    """What bounces have left behind: events, score and status of Bart, questions, mails, what the audit trail tells."""
    bart = Membership.objects.get(address__email=BART)
    trail = Event.objects.filter(kind__startswith="member.").exclude(kind="member.added")
    return (
        BounceEvent.objects.count(),
        bart.bounce_score,
        bart.delivery_status,
        Pending.objects.count(),
        sorted(one.kind for one in told()),
        sorted(trail.values_list("kind", flat=True)),
    )


@pytest.mark.parametrize(
    ("failpoint", "threshold", "expected"),
    [
        ("bounce.recorded", 5, (1, 1, None, 0, [], ["member.bounced"])),
        ("bounce.scored", 5, (1, 1, None, 0, [], ["member.bounced"])),
        (
            "bounce.disabled",
            1,
            (1, 0, DeliveryStatus.BY_BOUNCES, 0, ["bounce-disable"], ["member.bounced", "member.disabled"]),
        ),
    ],
    ids=["C28-recorded", "C28-scored", "C29-disabled"],
)
def test_dying_while_a_bounce_is_counted(
    dev: MailingList, failpoint: str, threshold: int, expected: tuple[Any, ...]
) -> None:
    MailingList.objects.update(bounce_score_threshold=threshold)
    arrive(wire.normalise_newlines(dsn()), signed(dev), sender="")
    before = bounced()

    dies_at(failpoint, judge)
    assert bounced() == before
    judge_all()
    judge_all()

    assert bounced() == expected


def test_dying_while_a_member_is_asked_whether_mail_arrives(dev: MailingList, settings: Any) -> None:
    """C29: score, question and mail come together."""
    settings.VERP_PROBES = True
    MailingList.objects.update(bounce_score_threshold=1)
    arrive(wire.normalise_newlines(dsn()), signed(dev), sender="")
    before = bounced()

    dies_at("bounce.asked", judge)
    assert bounced() == before
    judge_all()

    assert bounced() == (1, 0, None, 1, ["bounce-probe"], ["member.bounced", "member.probed"])


def stopped(**settings: int) -> None:
    MailingList.objects.update(**settings)
    Membership.objects.filter(address__email=BART).update(delivery_status=DeliveryStatus.BY_BOUNCES)


def test_dying_while_a_stopped_member_is_warned(dev: MailingList) -> None:
    """C29: the count, the token and the warning come together; so does what following it does."""
    stopped()
    before = bounced()
    dies_at("bounce.offered", reminding.remind)
    assert bounced() == before

    reminding.remind()
    reminding.remind()
    assert bounced()[3:] == (1, ["bounce-warning"], ["member.warned"])

    [warning] = told("bounce-warning")
    [token] = re.findall("/resume/([0-9a-f]{40})/", warning.text)
    dies_at("resuming.used-up", lambda: resuming.resume(token, dev))
    assert (bounced()[2], Pending.objects.count()) == (DeliveryStatus.BY_BOUNCES, 1)
    resuming.resume(token, dev)
    assert (bounced()[2], Pending.objects.count()) == (DeliveryStatus.ENABLED, 0)


@pytest.mark.parametrize("failpoint", ["leaving.before-removal", "leaving.before-commit"])
def test_dying_while_a_stopped_member_is_removed(dev: MailingList, failpoint: str) -> None:
    """C29."""
    stopped(bounce_you_are_disabled_warnings=0)
    dies_at(failpoint, reminding.remind)
    assert Membership.objects.filter(address__email=BART).exists()
    assert told() == []

    reminding.remind()
    reminding.remind()
    assert not Membership.objects.filter(address__email=BART).exists()
    assert Counter(one.kind for one in told()) == {"bounce-removal": 1, "goodbye": 1}
