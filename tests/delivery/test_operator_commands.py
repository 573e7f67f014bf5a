"""What an operator sees and does: queue, show, retry, discard, trace, check_queue, drain."""

import json
import signal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.enums import DeliveryMode
from archives.enums import State
from archives.models import Arrival
from delivery import tasks
from delivery.models import Batch, Rendering
from delivery.services import digests, issues
from lists.models import MailingList
from moderation.models import HeldMessage
from moderation.services import desk
from suite.common.enums import BellKind
from suite.common.models import Event
from tests.support.commands import start
from tests.support.dying import dies_at
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev")
    for name in ("anne", "bart", "cris"):
        make_member(mlist, f"{name}@example.com")
    return mlist


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=out)
    return out.getvalue()


def shunt(arrival: Arrival) -> None:
    Arrival.objects.filter(pk=arrival.pk).update(
        state=State.SHUNTED, reason="RuntimeError('no luck')", traceback="Trace\n"
    )


def test_queue_counts_by_state(dev: MailingList) -> None:
    arrive(letter())
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()
    found = {(pile["kind"], pile["state"]): pile["count"] for pile in json.loads(run("queue", "--json"))["piles"]}
    assert found == {("arrival", "distributed"): 1, ("arrival", "held"): 1, ("batch", "pending"): 3}
    assert [line.split()[:3] for line in run("queue").splitlines()] == [
        ["what", "state", "count"],
        ["arrival", "distributed", "1"],
        ["arrival", "held", "1"],
        ["batch", "pending", "3"],
    ]


def test_queue_names_the_messages_in_a_state(dev: MailingList) -> None:
    [first], [second] = arrive(letter(message_id="first@example.com")), arrive(letter(message_id="second@example.com"))
    shunt(first)
    shunt(second)
    found = json.loads(run("queue", "shunted", "--json"))
    assert [one["arrival"] for one in found] == [first.pk, second.pk]
    del found[0]["age"]
    assert found[0] == {
        "arrival": first.pk,
        "list_id": "dev.example.org",
        "role": "post",
        "sender": "bart@example.com",
        "message_id": "first@example.com",
        "reason": "RuntimeError('no luck')",
    }
    assert "second@example.com  RuntimeError('no luck')" in run("queue", "shunted")
    assert len(json.loads(run("queue", "shunted", "--json", "--most", "1"))) == 1
    assert run("queue", "parked") == "There is none.\n"


def test_queue_of_an_empty_site(dev: MailingList) -> None:
    assert run("queue") == "Nothing has arrived yet.\n"


def test_trace_tells_the_whole_story(dev: MailingList) -> None:
    [arrival] = arrive(letter(message_id="story@example.com"))
    with relay(refuse={"^anne": "550 5.1.1 no such user", "^cris": "450 4.2.1 later"}):
        judge_all()
        send_all()
    steps = json.loads(run("trace", "<story@example.com>", "--json"))[0]
    told = sorted(step["what"] for step in steps)
    assert told == [
        *("archived", "arrived", "bounce", "collected", "distributed", "planned", "recipient", "recipient", "sending")
    ]
    assert steps[0]["what"] == "arrived"
    details = {step["what"]: step["details"] for step in steps}
    assert details["arrived"]["from"] == "bart@example.com"
    assert "loop" in details["distributed"]["misses"]
    assert "subject-prefix" in details["distributed"]["changed_by"]
    assert "story@example.com" in run("trace", str(arrival.pk))
    assert run("trace", "story@example.com", "--to", "Anne@example.com").startswith("550 5.1.1")
    assert run("trace", "story@example.com", "--to", "bart@example.com").startswith("250")
    with pytest.raises(CommandError, match="no recipient"):
        run("trace", "story@example.com", "--to", "dora@example.com")
    with pytest.raises(CommandError, match="Nothing is known"):
        run("trace", "nobody@example.com")


def test_trace_follows_a_post_into_its_digest(dev: MailingList) -> None:
    [arrival] = arrive(letter())
    make_member(dev, "dora@example.com", delivery_mode=DeliveryMode.MIME_DIGESTS)
    judge_all()
    [issue] = issues.close(dev)
    digests.work()
    [steps] = json.loads(run("trace", str(arrival.pk), "--json"))
    [told] = [step["details"] for step in steps if step["what"] == "digest"]
    assert (told["issue"], told["sent"] is not None) == (str(issue), True)
    assert [step["details"]["recipients"] for step in steps if step["what"] == "planned"] == [3, 1]
    assert "collected" in run("trace", str(arrival.pk))


def test_trace_tells_once_that_a_post_was_held(dev: MailingList) -> None:
    [arrival] = arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()
    assert told_of(arrival) == ["arrived", "held", "notice", "notice"]
    desk.discard(HeldMessage.objects.get(), None)
    assert told_of(arrival) == ["arrived", "decided", "discarded", "held", "notice", "notice"]


def told_of(arrival: Arrival) -> list[str]:
    return sorted(step["what"] for step in json.loads(run("trace", str(arrival.pk), "--json"))[0])


def test_show_has_envelope_traceback_and_letter(dev: MailingList) -> None:
    [arrival] = arrive(letter(body="Good\x1b[31m morning.\n"))
    shunt(arrival)
    shown = run("show", str(arrival.pk))
    assert "from=bart@example.com" in shown
    assert "Trace" in shown
    assert "morning." in shown
    assert "\x1b" not in shown
    told = json.loads(run("show", str(arrival.pk), "--json"))
    assert [step["what"] for step in told["story"]] == ["arrived", "shunted"]
    assert told["story"][0]["details"]["from"] == "bart@example.com"


def test_the_sending_of_a_post_is_paused_resumed_and_cancelled(dev: MailingList) -> None:
    [arrival] = arrive(letter())
    judge_all()
    with relay() as server:
        assert run("sending", "pause", str(arrival.pk)).endswith("pauses (1 outgoing messages).\n")
        send_all()
        assert server.deliveries == []
        assert run("sending", "resume", str(arrival.pk)).endswith("goes on (1 outgoing messages).\n")
        assert run("sending", "cancel", str(arrival.pk)).endswith("cancelled; 3 recipients are spared.\n")
        send_all()
        assert server.deliveries == []
    recorded = Event.objects.filter(subject=f"arrival:{arrival.pk}").order_by("pk").values_list("kind", flat=True)
    assert list(recorded) == ["sending.paused", "sending.resumed", "sending.cancelled"]


def test_a_shunted_arrival_is_retried_or_given_up(dev: MailingList) -> None:
    [first], [second] = arrive(letter()), arrive(letter())
    shunt(first)
    shunt(second)
    run("retry", str(first.pk))
    run("discard", str(second.pk))
    judge_all()
    states = dict(Arrival.objects.values_list("pk", "state"))
    assert states == {first.pk: State.DISTRIBUTED, second.pk: State.DISCARDED}
    with pytest.raises(CommandError, match="neither shunted nor parked"):
        run("retry", str(first.pk))
    with pytest.raises(CommandError, match="no arrival"):
        run("discard", "4711")


@pytest.mark.parametrize(
    ("failpoint", "already"), [("parking.in-commit", State.SHUNTED), ("parking.after-commit", State.RECEIVED)]
)
def test_a_retry_that_dies_is_done_or_not_and_nothing_is_done_twice(
    dev: MailingList, failpoint: str, already: State
) -> None:
    """C36."""
    [arrival] = arrive(letter())
    shunt(arrival)
    with start("retry", str(arrival.pk), POSTHOUSE_FAILPOINTS=f"{failpoint}=kill") as process:
        assert process.wait(PATIENCE) == -signal.SIGKILL
    arrival.refresh_from_db()
    assert arrival.state == already

    if already == State.SHUNTED:
        run("retry", str(arrival.pk))
    else:
        with pytest.raises(CommandError, match="neither shunted nor parked"):
            run("retry", str(arrival.pk))
    assert tasks.due(BellKind.JUDGE)  # the sweep rings for it, whoever forgot to
    with relay() as server:
        run("drain")

    assert len(server.deliveries) == 3
    assert Event.objects.filter(kind="arrival.retried").count() == 1


@pytest.mark.parametrize(
    ("words", "failpoint", "told"),
    [
        (("discard",), "parking.in-commit", "arrival.discarded"),
        (("sending", "pause"), "control.in-commit", "sending.paused"),
        (("sending", "resume"), "control.in-commit", "sending.resumed"),
        (("sending", "cancel"), "control.in-commit", "sending.cancelled"),
    ],
    ids=["discard", "pause", "resume", "cancel"],
)
def test_a_command_that_dies_has_done_nothing_and_can_be_given_again(
    dev: MailingList, words: tuple[str, ...], failpoint: str, told: str
) -> None:
    """C36."""
    [arrival] = arrive(letter())
    if words[0] == "discard":
        shunt(arrival)
    else:
        judge_all()
    if words[-1] == "resume":
        run("sending", "pause", str(arrival.pk))
    before = standing_of(arrival)
    dies_at(failpoint, lambda: run(*words, str(arrival.pk)))
    assert standing_of(arrival) == before
    assert not Event.objects.filter(kind=told).exists()

    run(*words, str(arrival.pk))
    assert standing_of(arrival) != before
    assert Event.objects.filter(kind=told).count() == 1


def standing_of(arrival: Arrival) -> tuple[object, ...]:
    """What operators' commands change of a post."""
    arrival.refresh_from_db()
    paused = [moment is not None for moment in Rendering.objects.values_list("paused_at", flat=True)]
    return arrival.state, paused, list(Batch.objects.order_by("pk").values_list("state", flat=True))


def test_a_parked_arrival_is_visible(dev: MailingList) -> None:
    arrive(letter())
    Arrival.objects.update(state=State.PARKED)
    piles = json.loads(run("queue", "--json"))["piles"]
    assert [(pile["state"], pile["count"]) for pile in piles] == [("parked", 1)]


def test_check_queue_balances_and_finds_what_is_wrong(dev: MailingList) -> None:
    arrive(letter())
    arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()
    with relay():
        send_all()
    assert "accepted: 2  done: 1  refused: 0  held: 1  parked: 0  shunted: 0  in flight: 0" in run("check_queue")
    Batch.objects.filter(mlist=dev).update(done=0)
    Arrival.objects.filter(state=State.HELD).update(state=State.RECEIVED)
    with pytest.raises(SystemExit):
        run("check_queue")


def test_drain_does_what_workers_do(dev: MailingList) -> None:
    arrive(letter())
    with relay() as server:
        run("drain", "judge")
        assert not server.deliveries
        run("drain")
        assert len(server.deliveries) == 3
