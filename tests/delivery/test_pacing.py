"""A domain that has too much of us is sent to slowly; nobody else is."""

import json
import logging
import signal
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from delivery import tasks
from delivery.enums import BatchKind, BatchState, OutcomeState
from delivery.models import Batch, BounceEvent, DomainPace, Outcome
from delivery.overrate import over_rate
from delivery.services import invariants, pacing, standing
from delivery.smtp.replies import ReplyReader
from lists.models import MailingList
from suite.common.models import Event
from tests.support.commands import start
from tests.support.factories import make_list
from tests.support.outgoing import at_domains, people, put, recipients_of, relay, send_all
from tests.support.smtpd import CapturingServer
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)

FLOOD = "421 4.7.28 unusual rate of unsolicited mail"
BIG, SMALL = "big.example", "small.example"


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev")


def pass_time(minutes: float = 1) -> None:
    """As if so much time were over, for paces and for who is due."""
    gone = timedelta(minutes=minutes)
    DomainPace.objects.update(next_at=F("next_at") - gone, minute_at=F("minute_at") - gone)
    DomainPace.objects.filter(failing_since__isnull=False).update(failing_since=F("failing_since") - gone)
    DomainPace.objects.filter(slowed_at__isnull=False).update(slowed_at=F("slowed_at") - gone)
    Outcome.objects.filter(state=OutcomeState.DEFERRED).update(due_at=F("due_at") - gone)
    Batch.objects.filter(state=BatchState.PENDING).update(due_at=F("due_at") - gone)


def everybody(server: CapturingServer, domain: str) -> set[str]:
    return {address for address in recipients_of(server) if address.endswith(domain)}


ANSWERS = {
    "421 4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP": True,
    "450 4.7.28 flood": True,
    "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints": True,
    "421 too many connections from your address": True,
    "451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation": True,
    "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents more": True,
    "451 4.7.500 Server busy. Please try again later": True,
    "450 4.7.0 rate limited": True,
    "450 4.2.1 mailbox is locked": False,
    "451 4.7.1 greylisted, try again in 5 minutes": False,
    "452 4.2.2 mailbox is full, it grows at a rate": False,
    "421 4.3.2 service shutting down": False,
    "421 4.4.2 timeout": False,
    "421 4.7.0 mx.example.net Error: too many errors": False,
    "452 4.5.3 too many recipients": False,
    "451 4.3.0 later": False,
    "451 4.1.8 the rate of unresolved sender domains": False,
    "550 5.7.28 unusual rate of mail": False,
    "250 2.0.0 throttled": False,
}


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: answer[:30])
def test_what_asks_for_less(answer: str) -> None:
    reader = ReplyReader()
    reader.feed(answer.encode() + b"\r\n")
    reply = reader.take()
    assert reply is not None
    assert over_rate(reply) is ANSWERS[answer]


@pytest.mark.feature("beyond.domain-pacing")
@pytest.mark.parametrize("kind", [BatchKind.BULK, BatchKind.VERP])
@pytest.mark.parametrize("answer", [FLOOD, "450 4.7.28 slow down", "451 4.7.0 rate limited"], ids=lambda a: a[:10])
def test_one_domain_is_slowed_and_nobody_else(dev: MailingList, kind: BatchKind, answer: str) -> None:
    put(dev, at_domains(big=70, small=60), kind=kind)
    hangs_up: dict[str, Any] = {"max_refused": 1, "last_words": ""} if answer.startswith("421") else {}
    with relay(refuse={"@big": answer}, **hangs_up) as server:
        send_all()
        assert recipients_of(server) == {f"ann{number}@small.example": 1 for number in range(60)}
        assert not Outcome.objects.exists()
        assert not tasks.due("send")
        pace = DomainPace.objects.get()
        assert (pace.domain, pace.rate, pace.failures) == (BIG, 60, 1)
        assert answer.partition(" ")[2] in pace.last_reply
        refused = server.steps["RCPT"]
        send_all()
        assert server.steps["RCPT"] == refused  # it is left alone meanwhile
        put(dev, at_domains(big=1, small=1), header=b"Subject: two\r\nMessage-ID: <two@example.com>\r\n")
        send_all()
        assert len(everybody(server, SMALL)) == 60
        assert sum(recipients_of(server).values()) == 61
        assert server.steps["RCPT"] == refused + 1

        server.refuse, server.max_refused = {}, None
        pass_time(2)
        send_all()
        assert len(everybody(server, BIG)) == 60  # one first, and the others of this minute
        assert not tasks.due("send")
        pass_time(1)
        send_all()
    assert recipients_of(server)["ann0@big.example"] == 2
    assert sum(recipients_of(server).values()) == 70 + 60 + 2
    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.SENT}
    assert not Outcome.objects.exists()
    assert invariants.complaints() == []


@pytest.mark.feature("beyond.domain-pacing")
def test_the_rate_recovers_as_the_domain_takes_mail(dev: MailingList) -> None:
    with relay(refuse={"@big": "450 4.7.28 flood"}) as server:
        put(dev, at_domains(big=600))
        rates = []
        for _ in range(3):
            send_all()
            rates.append(DomainPace.objects.get().rate)
            pass_time(120)
        assert rates == [60, 30, 15]
        server.refuse = {}
        for _ in range(8):
            before = len(server.deliveries)
            send_all()
            rates.append(len(server.deliveries) - before)
            pass_time(1)
        assert rates[3:] == [15, 30, 60, 120, 240, 135, 0, 0]
        DomainPace.objects.update(rate=pacing.FULL - 1, taken=5)
        put(dev, at_domains(big=1))
        send_all()
    assert DomainPace.objects.get().rate is None
    assert pacing.Book().limited() == {}


def test_pauses_grow_and_a_probe_is_one_recipient(dev: MailingList) -> None:
    put(dev, at_domains(big=20))
    waits = []
    with relay(refuse={"@big": "450 4.7.28 flood"}) as server:
        for _ in range(4):
            send_all()
            pace = DomainPace.objects.get()
            assert pace.slowed_at is not None
            waits.append((pace.next_at - pace.slowed_at).total_seconds())
            pass_time(100)
    assert all(0.9 * want <= wait <= 1.1 * want for want, wait in zip([60, 120, 300, 600], waits, strict=True))
    assert server.steps["RCPT"] == 20 + 3


def test_one_mailbox_that_has_too_much_is_put_off_by_itself(dev: MailingList) -> None:
    """The next try at its domain is somebody else's."""
    put(dev, at_domains(big=3))
    with relay(refuse={"^ann0@": "450 4.2.1 receiving mail at a rate that prevents more"}) as server:
        send_all()
    assert everybody(server, BIG) == {"ann1@big.example", "ann2@big.example"}
    assert DomainPace.objects.get().rate == 60
    outcome = Outcome.objects.get()
    assert (outcome.address, outcome.state) == ("ann0@big.example", OutcomeState.DEFERRED)


def test_a_mail_that_is_refused_whole_speaks_for_a_domain_only_where_all_are_there(dev: MailingList) -> None:
    with relay(refuse_content={"": "450 4.7.28 flood"}):
        put(dev, at_domains(big=2, small=2))
        send_all()
        assert not DomainPace.objects.exists()
        assert set(Outcome.objects.values_list("state", flat=True)) == {OutcomeState.DEFERRED}
        put(make_list("other"), at_domains(big=2))
        send_all()
    assert list(DomainPace.objects.values_list("domain", flat=True)) == [BIG]


@pytest.mark.parametrize("behaviour", ["MAIL", "greeting"])
def test_a_relay_that_speaks_for_itself_slows_no_domain(dev: MailingList, behaviour: str) -> None:
    put(dev, at_domains(big=1))
    said: dict[str, Any] = {
        "MAIL": {"refuse_sender": {"": "450 4.7.28 flood"}},
        "greeting": {"say": {"GREETING": b"421 4.7.28 flood\r\n"}},
    }
    with relay(**said[behaviour]):
        send_all()
    assert not DomainPace.objects.exists()


def test_who_was_put_off_before_keeps_his_attempts(dev: MailingList) -> None:
    put(dev, at_domains(big=2, small=1))
    with relay(refuse={"": "451 4.7.1 greylisted"}) as server:
        send_all()
        server.refuse = {"@big": "450 4.7.28 flood"}
        pass_time(10)
        send_all()
        attempts = dict(Outcome.objects.values_list("address", "attempts"))
        assert attempts == {"ann0@big.example": 1, "ann1@big.example": 1, "ann0@small.example": 2}
        assert not tasks.due("send")
        asked = server.steps["RCPT"]
        pass_time(0.9)
        send_all()
        assert server.steps["RCPT"] == asked
        server.refuse = {}
        for _ in range(3):
            pass_time(2)
            send_all()
    assert recipients_of(server) == {"ann0@big.example": 1, "ann1@big.example": 1, "ann0@small.example": 1}


def test_an_ended_session_leaves_who_was_put_off_before_as_he_was(dev: MailingList) -> None:
    """421 to one domain's recipient says nothing of those behind him."""
    put(dev, at_domains(big=1, small=1))
    with relay(refuse={"": "451 4.7.1 greylisted"}) as server:
        send_all()
        server.refuse, server.max_refused, server.last_words = {"@big": FLOOD}, 1, ""
        pass_time(10)
        for _ in range(2):
            send_all()
    assert recipients_of(server) == {"ann0@small.example": 1}
    outcome = Outcome.objects.get(address="ann0@big.example")
    assert (outcome.attempts, outcome.state) == (1, OutcomeState.DEFERRED)


@pytest.mark.feature("beyond.domain-pacing")
def test_an_operators_rate_is_kept(dev: MailingList) -> None:
    pacing.set_pace("BIG.example", 10, None, actor="test")
    put(dev, at_domains(big=25, small=30))
    counts = []
    with relay() as server, override_settings(SMTP_SESSIONS=2):
        for _ in range(4):
            send_all()
            counts.append(len(everybody(server, BIG)))
            assert tasks.due("send") is False
            pass_time(1)
    assert counts == [10, 20, 25, 25]
    assert len(everybody(server, SMALL)) == 30
    assert set(recipients_of(server).values()) == {1}
    assert DomainPace.objects.get().rate is None


def test_an_operators_number_of_connections_is_kept() -> None:
    pacing.set_pace(BIG, None, 1, actor="test")
    for number in range(6):
        put(make_list(f"list{number}"), at_domains(big=1))
    with relay(delay={".": 0.2}) as server, override_settings(SMTP_SESSIONS=3):
        for _ in range(6):
            send_all()
            Batch.objects.filter(state=BatchState.PENDING).update(due_at=timezone.now() - timedelta(seconds=1))
    assert sum(recipients_of(server).values()) == 6
    open_at_once = [dialogue for dialogue in server.dialogues if any(line.startswith("MAIL") for line in dialogue)]
    assert server.most_open == 1, open_at_once


def test_waiting_for_a_pace_never_leads_to_giving_up(dev: MailingList) -> None:
    """The domain takes ten a minute, and the time of the batch is over when most have not had their turn."""
    pacing.set_pace(BIG, 10, None, actor="test")
    put(dev, at_domains(big=30))
    with relay() as server:
        send_all()
        Batch.objects.update(expires_at=timezone.now())
        for _ in range(3):
            pass_time(1)
            send_all()
    assert len(everybody(server, BIG)) == 30
    assert not Outcome.objects.exists()
    assert not BounceEvent.objects.exists()


def test_a_domain_that_takes_nothing_for_days_is_given_up(dev: MailingList) -> None:
    put(dev, at_domains(big=3))
    with relay(refuse={"@big": "450 4.7.28 flood"}):
        send_all()
        Batch.objects.update(expires_at=timezone.now(), created_at=timezone.now() - timedelta(days=5))
        pass_time(60)
        send_all()
        assert not Outcome.objects.exists()
        pass_time(6 * 24 * 60)
        send_all()
    assert set(Outcome.objects.values_list("state", flat=True)) == {OutcomeState.EXPIRED}
    assert Batch.objects.get().state == BatchState.EXPIRED


def kill_at(failpoint: str, server: CapturingServer) -> None:
    environment: dict[str, Any] = {
        "POSTHOUSE_FAILPOINTS": f"{failpoint}=kill",
        "POSTHOUSE_RELAY_URL": f"smtp://127.0.0.1:{server.port}",
        "POSTHOUSE_SMTP_SESSIONS": "1",
    }
    with start("drain", "send", **environment) as process:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL


@pytest.mark.feature("beyond.domain-pacing")
@pytest.mark.parametrize(
    "failpoint",
    ["sending.before-record", "sending.after-record", "pacing.slowed", "parting.in-commit", "parting.after-commit"],
)
def test_dying_while_a_domain_is_slowed_loses_nobody(dev: MailingList, failpoint: str) -> None:
    """What was known is known after the restart; who comes next parts the batch as the first one would have."""
    put(dev, at_domains(big=30, small=30))
    with relay(refuse={"@big": "450 4.7.28 flood"}) as server:
        kill_at(failpoint, server)
        assert invariants.complaints() == []
        known = DomainPace.objects.exists()
        assert known is (failpoint not in ("sending.before-record", "sending.after-record"))
        asked = server.steps["RCPT"]
        send_all()
        if known:
            assert server.steps["RCPT"] == asked + 5
        assert DomainPace.objects.get().failures == 1
        assert len(everybody(server, SMALL)) == 30
        server.refuse = {}
        pass_time(2)
        send_all()
    repeated = 25 if failpoint == "sending.before-record" else 0
    assert sum(recipients_of(server).values()) == 60 + repeated
    assert invariants.complaints() == []


def test_no_domain_with_a_pace_costs_nothing(dev: MailingList) -> None:
    """One look at an empty table for a drain, and none for a transaction."""
    put(dev, people(200))
    with relay(), override_settings(SMTP_RECIPIENTS=50), CaptureQueriesContext(connection) as queries:
        send_all()
    looks = [query["sql"] for query in queries if 'FROM "delivery_domainpace"' in query["sql"]]
    assert len([sql for sql in looks if "delivery_batch" not in sql]) == 1


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


@pytest.mark.feature("beyond.domain-pacing")
def test_an_operator_sees_sets_and_clears(dev: MailingList) -> None:
    assert run("pace") == "There is none.\n"
    run("pace", "set", "Small.example", "--rate", "30", "--connections", "2")
    put(dev, at_domains(big=5, small=1))
    with relay(refuse={"@big": "450 4.7.28 flood"}) as server:
        send_all()
        slowed, fixed = json.loads(run("pace", "--json"))
        assert (slowed["domain"], slowed["limit"], slowed["waiting"]) == (BIG, 60, 5)
        assert (slowed["slowed"], slowed["last_reply"]) == (True, "450 4.7.28 flood")
        assert (fixed["domain"], fixed["fixed_rate"], fixed["connections"], fixed["slowed"]) == (SMALL, 30, 2, False)
        assert "flood" in run("pace")
        assert "big.example is slowed to 60 recipients a minute, 5 wait: 450 4.7.28 flood" in run("queue")
        server.refuse = {}
        assert run("pace", "clear", "nobody.example") == "0 were slowed, and are not any more.\n"
        assert run("pace", "clear", "BIG.example") == "1 were slowed, and are not any more.\n"
        assert tasks.due("send")
        send_all()
    assert len(everybody(server, BIG)) == 5
    assert [pace.domain for pace in standing.paces()] == [SMALL]
    run("pace", "set", SMALL)
    assert standing.paces() == []
    assert set(Event.objects.values_list("kind", flat=True)) >= {"pace.set", "pace.cleared"}


@pytest.mark.parametrize("words", [("set", "no domain"), ("set", BIG, "--rate", "-1")], ids=["domain", "rate"])
def test_the_command_refuses(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run("pace", *words)
    assert not DomainPace.objects.exists()


def test_what_is_old_is_forgotten() -> None:
    now = timezone.now()
    long_ago = now - timedelta(days=30)
    DomainPace.objects.create(domain="old.example", rate=7, slowed_at=long_ago, next_at=long_ago)
    DomainPace.objects.create(domain="kept.example", fixed_rate=7, slowed_at=long_ago, next_at=long_ago)
    DomainPace.objects.create(domain="new.example", rate=7, slowed_at=now)
    pacing.sweep()
    assert dict(DomainPace.objects.values_list("domain", "rate")) == {"kept.example": None, "new.example": 7}


def test_the_delivery_log_names_who_waits(dev: MailingList, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "delivery.log")
    put(dev, at_domains(big=1))
    with relay(refuse={"@big": "450 4.7.28 flood"}):
        send_all()
    said = [record.message for record in caplog.records if record.name == "delivery.log"]
    about = "msg=one@example.com list=dev.example.org arrival=-"
    assert said == [f"{about} to=ann0@big.example dsn=4.7.28 code=450 status=slowed: flood"]
