"""A worker dies while a bounce is looked at; another comes. Each bounce counts once, and each mail about it goes once."""

import signal
from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from archives.enums import State
from archives.models import Arrival
from delivery.bounces import scoring
from delivery.enums import BounceCause, BounceKind, BounceSource
from delivery.models import BounceEvent, Notice
from lists.models import MailingList, Membership
from suite.mail import wire
from tests.support.bouncing import dsn, signed
from tests.support.commands import start
from tests.support.posting import arrive, judge_all
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


def die_at(failpoint: str, kind: str) -> None:
    """A worker of its own that is killed there."""
    environment: dict[str, Any] = {"POSTHOUSE_FAILPOINTS": f"{failpoint}=kill"}
    with start("drain", kind, **environment) as process:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("failpoint", ["journey.before-commit", "journey.in-commit", "journey.after-commit"])
def test_a_bounce_counts_once_wherever_its_worker_dies(
    dev: MailingList, anne: User, member: Membership, failpoint: str
) -> None:
    """C28."""
    MailingList.objects.update(bounce_notify_owner_on_bounce_increment=True)
    arrive(wire.normalise_newlines(dsn()), signed(dev), sender="")
    die_at(failpoint, "judge")
    judge_all()
    member.refresh_from_db()
    assert (member.bounce_score, BounceEvent.objects.count()) == (1, 1)
    assert Arrival.objects.get().state == State.DISTRIBUTED
    assert [notice.kind for notice in Notice.objects.all()] == ["bounce-increment"]


def test_a_refusal_counts_once_when_its_scoring_is_undone(dev: MailingList, member: Membership) -> None:
    BounceEvent.objects.create(
        mlist=dev,
        membership=member,
        address="bart@example.com",
        kind=BounceKind.HARD,
        cause=BounceCause.NO_MAILBOX,
        source=BounceSource.SMTP,
    )
    with transaction.atomic():
        scoring.process_waiting()
        transaction.set_rollback(True)
    member.refresh_from_db()
    assert (member.bounce_score, scoring.is_due()) == (0, True)
    scoring.process_waiting()
    member.refresh_from_db()
    assert (member.bounce_score, scoring.is_due()) == (1, False)
