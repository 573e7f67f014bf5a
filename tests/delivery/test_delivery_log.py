"""The delivery log: what a grep for a Message-ID tells, and what it never tells."""

import logging
import re
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from delivery.enums import BatchKind, BatchState, OutcomeState
from delivery.models import Batch, Outcome, RelayState
from lists.models import MailingList
from tests.support.factories import make_list, make_member
from tests.support.outgoing import BODY, HEADER, people, put, relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

ABOUT = "msg=one@example.com list=dev.example.org arrival=-"
SIZE = len(HEADER + BODY)


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "delivery.log")
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """What the delivery log says since it was asked last; the seconds, which differ, are S."""
    said = [record.message for record in log.records if record.name == "delivery.log"]
    log.clear()
    return [re.sub(r"seconds=\d+\.\d", "seconds=S", line) for line in said]


def make_due() -> None:
    past = timezone.now() - timedelta(seconds=1)
    Outcome.objects.filter(state=OutcomeState.DEFERRED).update(due_at=past)
    Batch.objects.filter(state=BatchState.PENDING).update(due_at=past)
    RelayState.objects.update(due_at=past)


@pytest.mark.feature("core.outgoing.log")
@pytest.mark.parametrize("kind", [BatchKind.BULK, BatchKind.VERP])
@pytest.mark.parametrize("count", [1, 3, 450])
def test_one_line_a_message(dev: MailingList, log: pytest.LogCaptureFixture, count: int, kind: BatchKind) -> None:
    """However many batches and transactions it takes."""
    with override_settings(BATCH_RECIPIENTS=200, SMTP_SESSIONS=1), relay():
        put(dev, people(count), kind=kind)
        send_all()
    assert lines(log) == [f"{ABOUT} recipients={count} size={SIZE} seconds=S status=sent"]


@pytest.mark.feature("core.outgoing.log")
def test_a_line_for_each_refused_recipient(dev: MailingList, log: pytest.LogCaptureFixture) -> None:
    put(dev, people(4))
    with relay(refuse={"member1": "550 5.1.1 no such user", "member2": "451 4.3.0 later"}) as server:
        send_all()
        assert lines(log) == [
            f"{ABOUT} to=member1@example.com dsn=5.1.1 code=550 status=refused: no such user",
            f"{ABOUT} to=member2@example.com dsn=4.3.0 code=451 status=deferred: later",
        ]
        server.refuse = {"member2": "554 5.7.1 not here"}
        make_due()
        send_all()
    assert lines(log) == [
        f"{ABOUT} to=member2@example.com dsn=5.7.1 code=554 status=refused: not here",
        f"{ABOUT} recipients=4 size={SIZE} seconds=S status=sent",
    ]


@pytest.mark.feature("core.outgoing.log")
def test_a_line_for_each_failure(dev: MailingList, log: pytest.LogCaptureFixture) -> None:
    [batch] = put(dev, people(2))
    with relay(drop={"DATA": 1}) as server:
        send_all()
        [lost] = lines(log)
        assert lost.startswith(f"{ABOUT} batch={batch.pk} status=failed: ")
        server.stop()
        make_due()
        send_all()
        [away] = lines(log)
        assert away.startswith(f"{ABOUT} batch={batch.pk} status=failed: ")
    with relay():
        make_due()
        send_all()
    assert lines(log) == [f"{ABOUT} recipients=2 size={SIZE} seconds=S status=sent"]


@pytest.mark.feature("core.outgoing.log")
def test_lines_for_who_is_given_up(dev: MailingList, log: pytest.LogCaptureFixture) -> None:
    put(dev, people(2))
    with relay(refuse={"member1": "451 4.3.0 later"}):
        send_all()
        lines(log)
        Batch.objects.update(expires_at=timezone.now())
        make_due()
        send_all()
    assert lines(log) == [
        f"{ABOUT} to=member1@example.com dsn=4.3.0 code=451 status=expired: later",
        f"{ABOUT} recipients=2 size={SIZE} seconds=S status=expired",
    ]


@pytest.mark.feature("core.outgoing.log")
def test_no_line_has_words_of_the_post(dev: MailingList, log: pytest.LogCaptureFixture) -> None:
    for name in ("bart", "eve"):
        make_member(dev, f"{name}@example.com")
    [arrival] = arrive(letter(subject="Secret", body="Whisper.\n", message_id="whisper@example.com"))
    judge_all()
    with relay(refuse={"eve": "550 5.1.1 no such user"}, drop={".": 1}) as server:
        send_all()
        make_due()
        send_all()
    assert [delivery.recipient for delivery in server.deliveries].count("bart@example.com") >= 1
    said = lines(log)
    assert len(said) == 3
    assert all(line.startswith(f"msg=whisper@example.com list=dev.example.org arrival={arrival.pk} ") for line in said)
    assert not any("Secret" in line or "Whisper" in line for line in said)
