"""Batches to the relay: who gets what, how often, and what is remembered of it."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from delivery import tasks
from delivery.enums import BatchKind, BatchState, BounceKind, OutcomeState
from delivery.models import Batch, BounceEvent, Outcome, RelayState, Rendering
from delivery.services import claiming, control, handover, invariants, outbox, routing, sending
from delivery.services.line import Lines
from delivery.services.pacing import Book
from lists.models import MailingList
from lists.services.memberships import remove_member
from suite.common import stopping
from suite.common.models import Event
from tests.support.factories import make_list, make_member
from tests.support.outgoing import HEADER, people, put, relay, send_all, unsigned
from tests.support.posting import arrive, letter
from tests.support.requires import on_sqlite
from tests.support.signing import sign_for
from tests.support.smtpd import CapturingServer

pytestmark = pytest.mark.django_db(transaction=True)


def recipients_of(server: CapturingServer) -> Counter[str]:
    return Counter(delivery.recipient for delivery in server.deliveries)


def make_due() -> None:
    """As if the waiting time were over."""
    past = timezone.now() - timedelta(seconds=1)
    Outcome.objects.filter(state=OutcomeState.DEFERRED).update(due_at=past)
    Batch.objects.filter(state=BatchState.PENDING).update(due_at=past)
    RelayState.objects.update(due_at=past)


def serve(claim: claiming.Claim, seconds: float = 20) -> bool:
    """Serve one claim over a session of its own."""
    lines = Lines(routing.load(), Book())
    try:
        return sending.serve(claim, lines, time.monotonic() + seconds)
    finally:
        lines.hang_up()


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev")


@pytest.mark.feature("core.outgoing.bulk")
@pytest.mark.parametrize(("limit", "transactions"), [(10, [10, 10, 5]), (0, [25])])
def test_bulk_takes_the_fewest_transactions(dev: MailingList, limit: int, transactions: list[int]) -> None:
    put(dev, people(25))
    with relay() as server, override_settings(SMTP_RECIPIENTS=limit):
        send_all()
    assert [len(mail.recipients) for mail in server.mails] == transactions
    assert recipients_of(server) == Counter(address for _, address, _ in people(25))
    assert {mail.sender for mail in server.mails} == {"dev-bounces@example.org"}
    assert Batch.objects.get().state == BatchState.SENT


def test_the_bytes_go_out_as_rendered(dev: MailingList) -> None:
    body = b"\r\n.dot first\r\nhalf a line\nand \xe4\r\n"
    put(dev, people(2), body=body)
    with relay() as server:
        send_all()
    assert server.mails[0].content == HEADER + b"\r\n.dot first\r\nhalf a line\r\nand \xe4\r\n"
    assert "BODY=8BITMIME" in server.mails[0].parameters


def test_personal_copies_have_their_own_return_path(dev: MailingList) -> None:
    put(dev, people(45), kind=BatchKind.VERP)
    with relay() as server:
        send_all()
    senders = {mail.recipients[0]: mail.sender for mail in server.mails}
    assert len(server.mails) == len(senders) == 45
    assert unsigned(senders["member7@example.com"]) == "dev-bounces+member7=example.com@example.org"


def test_personal_copies_commit_every_twenty(dev: MailingList) -> None:
    put(dev, people(45), kind=BatchKind.VERP)
    with relay(), CaptureQueriesContext(connection) as queries:
        send_all()
    progress = [query["sql"] for query in queries if query["sql"].startswith("UPDATE delivery_batch SET done")]
    assert len(progress) == 3


@pytest.mark.feature("core.outgoing.results")
def test_each_recipient_has_its_own_result(dev: MailingList) -> None:
    member = make_member(dev, "gone@example.com")
    wanted = [
        (None, "fine@example.com", ""),
        (member.pk, "gone@example.com", ""),
        (None, "later@example.com", ""),
        (None, "full@example.com", ""),
    ]
    put(dev, wanted)
    refuse = {"^gone": "550 5.1.1 no such user", "^later": "451 4.3.0 later", "^full": "552 5.2.2 full"}
    with relay(refuse=refuse) as server:
        send_all()
        assert recipients_of(server) == {"fine@example.com": 1}
        server.refuse = {}
        make_due()
        send_all()
    assert recipients_of(server) == {"fine@example.com": 1, "later@example.com": 1, "full@example.com": 1}
    bounce = BounceEvent.objects.get()
    assert (bounce.membership, bounce.address, bounce.kind) == (member, "gone@example.com", BounceKind.HARD)
    assert dict(Outcome.objects.values_list("address", "state")) == {
        "gone@example.com": OutcomeState.REFUSED,
        "later@example.com": OutcomeState.SENT,
        "full@example.com": OutcomeState.SENT,
    }
    assert Batch.objects.get().state == BatchState.SENT


@pytest.mark.feature("core.outgoing.results")
def test_a_server_that_hangs_up_on_refusals_forgets_nobody(dev: MailingList) -> None:
    wanted = list(people(50))
    for bad in (3, 10, 20, 30):
        wanted[bad] = (None, f"bad{bad}@example.com", "")
    put(dev, wanted)
    with relay(refuse={"^bad": "550 5.1.1 no"}, max_refused=3) as server:
        for _ in range(6):
            send_all()
            make_due()
    assert recipients_of(server) == Counter(
        f"member{number}@example.com" for number in range(50) if number not in (3, 10, 20, 30)
    )
    assert Outcome.objects.filter(state=OutcomeState.REFUSED).count() == 4
    assert Batch.objects.get().state == BatchState.SENT


@pytest.fixture
def stop() -> Iterator[Callable[[], None]]:
    """Asks this process to stop; taken back when the test is through."""
    yield stopping.ask
    stopping.begin()


def test_who_was_asked_to_stop_begins_nothing_more(dev: MailingList, stop: Callable[[], None]) -> None:
    with relay(refuse={"^member1@": "451 4.7.1 greylisted"}):
        put(dev, people(2))
        send_all()
    put(dev, [(None, "new@example.com", "")])
    make_due()
    stop()
    with relay() as server:
        send_all()
        assert recipients_of(server) == Counter()
        stopping.begin()
        make_due()
        send_all()
    assert recipients_of(server) == {"member1@example.com": 1, "new@example.com": 1}
    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.SENT}


@pytest.mark.feature("core.runner.retry")
def test_a_deferred_recipient_is_tried_again_alone_with_growing_waits(dev: MailingList) -> None:
    put(dev, people(3))
    waits = []
    with relay(refuse={"^member1@": "451 4.7.1 greylisted"}) as server:
        for _ in range(4):
            send_all()
            outcome = Outcome.objects.get()
            assert outcome.due_at is not None
            waits.append((outcome.due_at - outcome.updated_at).total_seconds())
            put(dev, [(None, f"other{len(waits)}@example.com", "")])
            make_due()
        server.refuse = {}
        send_all()
    expected = [300, 600, 1200, 2400]
    assert all(0.9 * want <= wait <= 1.1 * want for want, wait in zip(expected, waits, strict=True))
    assert all(count == 1 for count in recipients_of(server).values())
    assert recipients_of(server)["member1@example.com"] == 1
    assert sum(recipients_of(server).values()) == 7


@pytest.mark.feature("core.outgoing.give-up")
def test_who_was_deferred_together_is_tried_again_together(dev: MailingList) -> None:
    put(dev, people(40))
    with relay(refuse={"^member": "451 4.7.1 greylisted"}) as server:
        send_all()
        assert Outcome.objects.values("due_at").distinct().count() == 1
        make_due()
        send_all()
        assert set(Outcome.objects.values_list("attempts", flat=True)) == {2}
        assert Outcome.objects.values("due_at").distinct().count() == 1
        server.refuse = {}
        make_due()
        send_all()
    assert [len(mail.recipients) for mail in server.mails] == [40]


def test_after_five_days_a_recipient_is_given_up(dev: MailingList) -> None:
    member = make_member(dev, "member0@example.com")
    [batch] = put(dev, [(member.pk, "member0@example.com", "")])
    assert timedelta(days=4.99) < batch.expires_at - timezone.now() < timedelta(days=5.01)
    with relay(refuse={"": "451 4.2.2 mailbox is full"}):
        send_all()
        Batch.objects.update(expires_at=timezone.now())
        make_due()
        send_all()
    outcome = Outcome.objects.get()
    assert (outcome.state, outcome.code, outcome.enhanced) == (OutcomeState.EXPIRED, 451, "4.2.2")
    assert outcome.reply.endswith("mailbox is full")
    assert Batch.objects.get().state == BatchState.EXPIRED
    assert BounceEvent.objects.get().kind == BounceKind.SOFT


def test_what_is_given_up_is_not_made_ready_first(dev: MailingList, tmp_path: Path) -> None:
    """Not even where that has become impossible, as with this mark."""
    put(dev, people(2))
    Rendering.objects.update(mark="(")
    Batch.objects.update(expires_at=timezone.now())
    with override_settings(DKIM_KEYS=tmp_path / "dkim.json"), relay() as server:
        sign_for("example.org")
        send_all()
    assert not server.mails
    assert Batch.objects.get().state == BatchState.EXPIRED
    assert set(Outcome.objects.values_list("state", flat=True)) == {OutcomeState.EXPIRED}


def test_a_dead_relay_costs_no_attempt_and_blocks_nothing(dev: MailingList) -> None:
    put(dev, people(2))
    with override_settings(RELAY_URL="smtp://127.0.0.1:1"):
        send_all()
        state = RelayState.objects.get()
        assert state.failures == 1
        assert not tasks.due("send")
        send_all()
        assert RelayState.objects.get().failures == 1
    assert Outcome.objects.count() == 0
    assert Batch.objects.get().state == BatchState.PENDING
    with relay() as server:
        make_due()
        send_all()
    assert sum(recipients_of(server).values()) == 2


@pytest.mark.parametrize("step", ["MAIL", "BODY", "."])
def test_a_lost_connection_is_tried_again(dev: MailingList, step: str) -> None:
    put(dev, people(3))
    with relay(drop={step: 1}) as server:
        send_all()
        make_due()
        send_all()
    copies = 2 if step == "." else 1
    assert recipients_of(server) == {f"member{number}@example.com": copies for number in range(3)}
    assert Batch.objects.get().state == BatchState.SENT


def test_a_message_that_breaks_every_connection_lets_others_pass(dev: MailingList) -> None:
    put(dev, [(None, "poison@example.com", "")])
    put(dev, people(1))
    with relay(refuse={"^poison": "421 4.3.2 bye"}) as server:
        for _ in range(6):
            send_all()
            make_due()
    assert recipients_of(server) == {"member0@example.com": 1}
    assert Outcome.objects.get().state == OutcomeState.DEFERRED


def test_posts_of_a_list_go_out_in_order(dev: MailingList) -> None:
    """The second post waits for the first one's try, though the first is not due yet; another list's does not."""
    [first] = put(dev, people(1))
    put(dev, people(1))
    put(make_list("other"), [(None, "else@example.com", "")])
    Batch.objects.filter(pk=first.pk).update(due_at=timezone.now() + timedelta(hours=1))
    with relay() as server:
        send_all()
        assert recipients_of(server) == {"else@example.com": 1}
        Batch.objects.filter(pk=first.pk).update(due_at=timezone.now() - timedelta(seconds=1))
        send_all()
    assert recipients_of(server)["member0@example.com"] == 2


def test_a_notice_waits_for_no_post(dev: MailingList) -> None:
    put(dev, people(60))
    put(None, [(None, "anne@example.com", "")], urgency=0)
    with relay() as server:
        send_all()
    assert server.mails[0].recipients == ["anne@example.com"]
    assert server.mails[0].sender == ""


def test_a_worker_whose_lease_is_gone_stops(dev: MailingList) -> None:
    put(dev, people(60))
    [claim] = claiming.claim()
    Batch.objects.update(lease_token="somebody-else")
    with relay() as server:
        serve(claim)
    assert sum(recipients_of(server).values()) <= 50
    assert Batch.objects.get().lease_token == "somebody-else"
    assert Batch.objects.get().done == 0


def test_a_slow_batch_is_given_back_between_two_transactions(dev: MailingList) -> None:
    """A drain ends in time, whatever the length of a batch: nobody has to kill it, which would repeat a transaction."""
    put(dev, people(120))
    [claim] = claiming.claim()
    with relay() as server:
        assert serve(claim, seconds=0)
        batch = Batch.objects.get()
        assert (batch.state, batch.done) == (BatchState.PENDING, 50)
        send_all()
    assert recipients_of(server) == {address: 1 for _, address, _ in people(120)}


def test_what_a_relay_took_before_it_refused_the_next_session_is_not_sent_again(dev: MailingList) -> None:
    put(dev, people(20), kind=BatchKind.VERP)
    with relay(max_transactions=3, drop={"GREETING": 2}) as server:
        send_all()
        assert Batch.objects.get().done == 3
        make_due()
        send_all()
    assert recipients_of(server) == {address: 1 for _, address, _ in people(20)}


def test_a_batch_that_cannot_be_sent_stops_nobody(dev: MailingList) -> None:
    put(dev, people(2))
    Batch.objects.update(return_path="no address@example.org")
    put(dev, [(None, "fine@example.com", "")])
    put(make_list("other"), [(None, "else@example.com", "")])
    with relay() as server:
        for _ in range(5):
            send_all()
            make_due()
    assert recipients_of(server) == {"else@example.com": 1, "fine@example.com": 1}
    assert set(Outcome.objects.values_list("state", "code")) == {(OutcomeState.DEFERRED, 451)}


def test_who_speaks_no_smtp_is_no_relay(dev: MailingList) -> None:
    put(dev, people(1))
    with relay(say={"GREETING": b"HTTP/1.1 400 Bad Request\r\n"}):
        send_all()
    assert RelayState.objects.get().failures == 1
    assert Batch.objects.get().attempts == 0


def test_what_a_dead_worker_held_is_taken_up_where_it_stood(dev: MailingList) -> None:
    put(dev, people(60))
    assert len(claiming.claim()) == 1
    Batch.objects.update(done=50)
    assert claiming.claim() == []
    Batch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    with relay() as server:
        send_all()
    assert recipients_of(server) == {f"member{number}@example.com": 1 for number in range(50, 60)}


def test_an_owner_pauses_and_resumes_a_running_post(dev: MailingList) -> None:
    [arrival] = arrive(letter())
    put(dev, people(3), arrival=arrival)
    with relay() as server:
        assert control.pause(arrival, by="anne@example.com") == 1
        send_all()
        assert not server.mails
        assert control.resume(arrival, by="anne@example.com") == 1
        send_all()
    assert sum(recipients_of(server).values()) == 3
    assert list(Event.objects.filter(kind__startswith="sending.").order_by("id").values_list("kind", "actor")) == [
        ("sending.paused", "anne@example.com"),
        ("sending.resumed", "anne@example.com"),
    ]


@pytest.mark.parametrize("refuse", [{}, {"^member7@": "451 4.3.0 later"}])
def test_a_pause_is_noticed_between_two_transactions(dev: MailingList, refuse: dict[str, str]) -> None:
    [arrival] = arrive(letter())
    put(dev, people(120), arrival=arrival)
    [claim] = claiming.claim()
    control.pause(arrival, by="anne@example.com")
    with relay(refuse=refuse) as server:
        serve(claim)
        batch = Batch.objects.get()
        assert (batch.state, batch.done, batch.outcomes.count()) == (BatchState.PENDING, 50, len(refuse))
        control.resume(arrival, by="anne@example.com")
        server.refuse = {}
        make_due()
        send_all()
    assert recipients_of(server) == Counter(address for _, address, _ in people(120))


def test_a_worker_that_slept_past_its_lease_sends_nothing_more(dev: MailingList) -> None:
    """Somebody else has the batch by now, though the sleeper's keeper thinks to renew it when it wakes."""
    put(dev, people(120))
    [claim] = claiming.claim()
    Batch.objects.update(lease_token="somebody-else")
    claiming.renew([claim.token])
    claim.sure_at -= handover.TRUST_SECONDS + 1
    with relay() as server:
        serve(claim)
    assert not server.mails
    assert Batch.objects.get().done == 0


@pytest.mark.parametrize("refuse", [{}, {"^member7@": "451 4.3.0 later"}])
def test_an_owner_cancels_a_running_post(dev: MailingList, refuse: dict[str, str]) -> None:
    """The worker notices at its next write, and sends nothing after it."""
    [arrival] = arrive(letter())
    put(dev, people(120), arrival=arrival)
    [claim] = claiming.claim()
    assert control.cancel(arrival, by="anne@example.com") == 120
    with relay(refuse=refuse) as server:
        serve(claim)
        server.refuse = {}
        make_due()
        send_all()
    assert sum(recipients_of(server).values()) == 50 - len(refuse)
    assert not Outcome.objects.filter(state=OutcomeState.DEFERRED).exists()
    batch = Batch.objects.get()
    assert (batch.state, batch.done) == (BatchState.CANCELLED, 50)


def test_a_cancelled_post_is_not_tried_again(dev: MailingList) -> None:
    [arrival] = arrive(letter())
    put(dev, people(3), arrival=arrival)
    with relay(refuse={"^member1": "451 4.3.0 later"}):
        send_all()
    assert control.cancel(arrival, by="anne@example.com") == 1
    assert control.cancel(arrival, by="anne@example.com") == 0
    make_due()
    with relay() as server:
        send_all()
    assert not server.mails
    outcome = Outcome.objects.get()
    assert (outcome.state, outcome.due_at, outcome.reply) == (OutcomeState.EXPIRED, None, "cancelled")
    assert list(invariants.batches_add_up()) == []


def test_who_left_since_gets_nothing(dev: MailingList) -> None:
    members = [make_member(dev, f"member{number}@example.com") for number in range(3)]
    put(dev, [(member.pk, f"member{number}@example.com", "") for number, member in enumerate(members)])
    with relay(refuse={"^member1": "451 4.3.0 later"}) as server:
        send_all()
        remove_member(members[1])
        Batch.objects.update(created_at=timezone.now() - timedelta(hours=1))
        server.refuse = {}
        make_due()
        send_all()
    assert recipients_of(server) == {"member0@example.com": 1, "member2@example.com": 1}
    assert Batch.objects.get().state in (BatchState.SENT, BatchState.EXPIRED)


@pytest.mark.feature("core.outgoing.reuse")
def test_one_session_serves_many_messages(dev: MailingList) -> None:
    for _ in range(20):
        put(dev, people(1))
    with relay() as server:
        send_all()
        assert len(server.dialogues) == 1
        server.max_transactions = 3
        for _ in range(7):
            put(dev, people(1))
        for _ in range(4):
            send_all()
            make_due()
    assert recipients_of(server) == {"member0@example.com": 27}


@pytest.mark.feature("core.outgoing.parallel")
def test_as_many_sessions_as_allowed(dev: MailingList) -> None:
    for number in range(6):
        put(make_list(f"list{number}"), people(1))
    with relay(together=3) as server, override_settings(SMTP_SESSIONS=3):
        send_all()
    assert server.most_open == 3
    assert sum(recipients_of(server).values()) == 6


@pytest.mark.parametrize("kind", [BatchKind.BULK, BatchKind.VERP])
@pytest.mark.parametrize("wrong", ["bad\r\nRCPT TO:<x@example.com>", "nowhere", "@example.com"])
def test_an_address_that_is_none_troubles_nobody_else(dev: MailingList, wrong: str, kind: BatchKind) -> None:
    put(
        dev,
        [(None, "fine@example.com", ""), (None, wrong, ""), (None, "also@example.com", "")],
        kind=kind,
    )
    with relay() as server:
        send_all()
    assert recipients_of(server) == {"fine@example.com": 1, "also@example.com": 1}
    outcome = Outcome.objects.get()
    assert (outcome.index, outcome.code, outcome.state) == (1, 553, OutcomeState.REFUSED)
    assert Batch.objects.get().state == BatchState.SENT


def test_a_relay_that_limits_mails_per_session_is_called_again_at_once(dev: MailingList) -> None:
    for _ in range(7):
        put(dev, people(1))
    put(dev, people(45), kind=BatchKind.VERP)
    with relay(max_transactions=3) as server:
        send_all()
    assert sum(recipients_of(server).values()) == 52
    assert not Batch.objects.exclude(state=BatchState.SENT).exists()


def test_a_worker_at_a_slow_relay_is_known_to_be_at_it(dev: MailingList) -> None:
    """The sweep leaves such work to him, however long it takes."""
    put(dev, people(1))
    assert not tasks.attended("send")
    [claim] = claiming.claim()
    assert tasks.attended("send")
    Batch.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert not tasks.attended("send")
    claiming.renew([claim.token])
    assert tasks.attended("send")


def test_statements_per_transaction(dev: MailingList) -> None:
    """One commit for each SMTP transaction; a constant number around them."""
    put(dev, people(200))
    with relay(), override_settings(SMTP_RECIPIENTS=50), CaptureQueriesContext(connection) as queries:
        send_all()
    updates = [query["sql"] for query in queries if query["sql"].startswith("UPDATE delivery_batch SET done")]
    assert len(updates) == 4
    assert len(queries) <= 4 + 11


@on_sqlite
def test_batches_that_have_ended_slow_nothing_down(dev: MailingList) -> None:
    """SQLite looks into an index of open batches only where it sees that all it is asked for stands there."""
    sql, values = claiming.open_batches().order_by("urgency", "pk").values_list("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        assert "batch_open" in cursor.fetchall()[0][-1]


def test_a_batch_holds_at_most_so_many(dev: MailingList) -> None:
    with override_settings(BATCH_RECIPIENTS=500):
        batches = put(dev, people(1201))
    assert [batch.size for batch in batches] == [500, 500, 201]
    assert [batch.size for batch in put(dev, people(250), kind=BatchKind.VERP)] == [outbox.PERSONAL_BATCH, 50]
