"""Several relays: which mail goes to which, and what happens while one does not answer."""

import json
import logging
import signal
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.utils import timezone

from delivery import tasks
from delivery.enums import BatchKind, BatchState, OutcomeState
from delivery.errors import RelayInUse, UnknownRelay
from delivery.models import Batch, Outcome, OutgoingRelay, RelayState
from delivery.services import invariants, routes, routing
from lists.models import MailingList
from suite.common.models import Event
from tests.support.commands import start
from tests.support.factories import make_list, make_user
from tests.support.outgoing import at_domains, make_relay, people, put, recipients_of, relay, send_all
from tests.support.smtpd import CapturingServer
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = 1
"""A port where nobody listens."""


def make_due() -> None:
    """As if the waiting time were over."""
    past = timezone.now() - timedelta(seconds=1)
    Outcome.objects.filter(state=OutcomeState.DEFERRED).update(due_at=past)
    Batch.objects.filter(state=BatchState.PENDING).update(due_at=past)
    RelayState.objects.update(due_at=past)


def route(*names: str, mlist: MailingList | None = None, to: str = "") -> None:
    routes.set_route(names, mlist=mlist, recipient_domain=to, actor="test")


@pytest.fixture
def dev() -> MailingList:
    return make_list("dev")


@pytest.mark.feature("beyond.relay-choice")
@pytest.mark.parametrize("kind", [BatchKind.BULK, BatchKind.VERP])
def test_two_lists_send_through_relays_of_their_own(dev: MailingList, kind: BatchKind) -> None:
    """Each with its own user and password, on the same host; what has no route takes the site's relay."""
    other, third = make_list("other"), make_list("third")
    with (
        CapturingServer(auth=("anne", "wonder:land/1")) as first,
        CapturingServer(auth=("bart", "secret")) as second,
        relay() as usual,
    ):
        make_relay("first", first, "anne", "wonder%3Aland%2F1")
        make_relay("second", second, "bart", "secret")
        route("first", mlist=dev)
        route("second", mlist=other)
        for mlist in (dev, other, third):
            put(mlist, people(30), kind=kind)
        send_all()
    everybody = {address: 1 for _, address, _ in people(30)}
    for server, name in ((first, "dev"), (second, "other"), (usual, "third")):
        assert recipients_of(server) == everybody
        assert {mail.sender.partition("-bounces")[0] for mail in server.mails} == {name}
    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.SENT}


@pytest.mark.feature("beyond.relay-choice")
@pytest.mark.parametrize("trouble", ["refused", "421 at the greeting", "silent"])
def test_the_second_relay_serves_while_the_first_is_away(dev: MailingList, trouble: str) -> None:
    with CapturingServer() as first, CapturingServer() as second:
        make_relay("first", first)
        make_relay("second", second)
        route("first", "second", mlist=dev)
        address = f"smtp://127.0.0.1:{first.port}?greeting_timeout=0.2"
        if trouble == "refused":
            routes.set_relay("first", f"smtp://127.0.0.1:{NOBODY}", actor="test")
        elif trouble == "silent":
            routes.set_relay("first", address, actor="test")
            first.delay = {"GREETING": 1}
        else:
            first.say = {"GREETING": b"421 4.3.2 not now\r\n"}
        put(dev, people(3))
        send_all()
        assert recipients_of(second) == {address: 1 for _, address, _ in people(3)}
        assert RelayState.objects.get(name="first").failures == 1
        assert tasks.due("send") is False
        put(dev, people(1))
        send_all()
        assert len(second.mails) == 2
        assert RelayState.objects.get(name="first").failures == 1  # nobody asks again before its time

        first.say, first.delay = {}, {}

        OutgoingRelay.objects.filter(name="first").update(url=f"smtp://127.0.0.1:{first.port}")
        make_due()
        put(dev, [(None, "bart@example.com", "")])
        send_all()
    assert recipients_of(first) == {"bart@example.com": 1}
    assert RelayState.objects.get(name="first").failures == 0
    assert len(second.mails) == 2
    assert not Outcome.objects.exists()


def test_nothing_is_lost_while_both_are_away(dev: MailingList) -> None:
    make_relay("first", NOBODY)
    make_relay("second", NOBODY)
    route("first", "second", mlist=dev)
    put(dev, people(2))
    with relay() as usual:
        put(None, [(None, "anne@example.com", "")], urgency=0)
        send_all()
        assert recipients_of(usual) == {"anne@example.com": 1}
    assert not tasks.due("send")
    assert set(RelayState.objects.values_list("name", "failures")) == {("first", 1), ("second", 1)}
    make_due()
    assert tasks.due("send")
    with CapturingServer() as second:
        OutgoingRelay.objects.filter(name="second").update(url=f"smtp://127.0.0.1:{second.port}")
        send_all()
    assert recipients_of(second) == {address: 1 for _, address, _ in people(2)}


def test_a_session_that_breaks_is_continued_elsewhere(dev: MailingList) -> None:
    """The first relay takes one transaction and goes; the rest of the batch goes to the second."""
    put(dev, people(120))
    with CapturingServer(close_after=1, drop={"GREETING": 2}) as first, CapturingServer() as second:
        make_relay("first", first)
        make_relay("second", second)
        route("first", "second")
        with override_settings(SMTP_SESSIONS=1):
            for _ in range(3):
                send_all()
                Batch.objects.filter(state=BatchState.PENDING).update(due_at=timezone.now() - timedelta(seconds=1))
    assert (len(first.deliveries), len(second.deliveries)) == (50, 70)
    assert recipients_of(first) + recipients_of(second) == {address: 1 for _, address, _ in people(120)}


@pytest.mark.parametrize("kind", [BatchKind.BULK, BatchKind.VERP])
def test_a_domain_of_recipients_goes_its_own_way(
    dev: MailingList, kind: BatchKind, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "delivery.log")
    mixed = at_domains(big=30, small=20)
    with CapturingServer() as own, relay() as usual:
        make_relay("own", own)
        route("own", to="BIG.example")
        put(dev, mixed, kind=kind)
        send_all()
    assert recipients_of(own) == {f"ann{number}@big.example": 1 for number in range(30)}
    assert recipients_of(usual) == {f"ann{number}@small.example": 1 for number in range(20)}
    assert set(Batch.objects.values_list("domain", "size", "done", "state")) == {
        ("*", 20, 20, BatchState.SENT),
        ("big.example", 30, 30, BatchState.SENT),
    }
    said = [record.message for record in caplog.records if record.name == "delivery.log"]
    assert len(said) == 1
    assert " recipients=50 " in said[0]
    assert invariants.complaints() == []


@pytest.mark.parametrize("away", ["own", "usual"])
def test_one_relay_that_is_away_holds_up_nobody_elses_mail(dev: MailingList, away: str) -> None:
    put(dev, at_domains(big=3, small=2))
    with CapturingServer() as own, CapturingServer() as usual:
        servers = {"own": own, "usual": usual}
        make_relay("own", NOBODY if away == "own" else own)
        route("own", to="big.example")
        with override_settings(RELAY_URL=f"smtp://127.0.0.1:{NOBODY if away == 'usual' else usual.port}"):
            send_all()
            send_all()
            assert not tasks.due("send")
        assert sorted(name for name, server in servers.items() if server.mails) == sorted(servers.keys() - {away})
        OutgoingRelay.objects.update(url=f"smtp://127.0.0.1:{own.port}")
        make_due()
        with override_settings(RELAY_URL=f"smtp://127.0.0.1:{usual.port}"):
            send_all()
    assert recipients_of(own) == {f"ann{number}@big.example": 1 for number in range(3)}
    assert recipients_of(usual) == {f"ann{number}@small.example": 1 for number in range(2)}
    assert not Outcome.objects.exists()


def test_a_domains_posts_stay_in_order(dev: MailingList) -> None:
    """Its part of the second post waits for its part of the first; the others' does not."""
    put(dev, at_domains(big=2, small=1))
    with CapturingServer() as own, relay() as usual:
        make_relay("own", NOBODY)
        route("own", to="big.example")
        send_all()
        put(dev, at_domains(big=2, small=1), header=b"Subject: second\r\nMessage-ID: <two@example.com>\r\n")
        send_all()
        assert recipients_of(usual) == {"ann0@small.example": 2}
        OutgoingRelay.objects.update(url=f"smtp://127.0.0.1:{own.port}")
        make_due()
        with override_settings(SMTP_SESSIONS=1):
            send_all()
    assert [b"second" in mail.content for mail in own.mails] == [False, True]


def test_who_was_put_off_follows_a_new_route(dev: MailingList) -> None:
    put(dev, at_domains(big=1, small=1))
    with CapturingServer() as own, relay(refuse={"": "451 4.3.0 later"}) as usual:
        send_all()
        make_relay("own", own)
        route("own", to="big.example")
        usual.refuse = {}
        make_due()
        send_all()
    assert recipients_of(own) == {"ann0@big.example": 1}
    assert recipients_of(usual) == {"ann0@small.example": 1}


def test_who_was_put_off_waits_for_a_relay_that_is_away_without_an_attempt(dev: MailingList) -> None:
    put(dev, at_domains(big=1, small=1))
    with relay(refuse={"": "451 4.3.0 later"}) as usual:
        send_all()
        make_relay("own", NOBODY)
        route("own", to="big.example")
        usual.refuse = {}
        make_due()
        send_all()
        send_all()
        make_due_recipients = Outcome.objects.get(address="ann0@big.example")
        assert (make_due_recipients.state, make_due_recipients.attempts) == (OutcomeState.DEFERRED, 1)
    assert recipients_of(usual) == {"ann0@small.example": 1}


def test_what_says_most_of_the_sender_wins(dev: MailingList) -> None:
    for name in ("list-to", "list", "host-to", "host", "to", "all"):
        make_relay(name, NOBODY)
    route("all")
    route("to", to="big.example")
    routes.set_route(["host"], domain=dev.domain, actor="test")
    routes.set_route(["host-to"], domain=dev.domain, recipient_domain="big.example", actor="test")
    route("list", mlist=dev)
    route("list-to", mlist=dev, to="big.example")
    expected = {
        (dev.pk, dev.domain_id, "big.example"): "list-to",
        (dev.pk, dev.domain_id, "small.example"): "list",
        (0, dev.domain_id, "big.example"): "host-to",
        (0, dev.domain_id, "small.example"): "host",
        (0, 0, "big.example"): "to",
        (None, None, "big.example"): "to",
        (None, None, "small.example"): "all",
    }
    found = routing.load()
    assert {scope: found.ways(*scope)[0].name for scope in expected} == expected
    route(mlist=dev)
    assert routing.load().ways(dev.pk, dev.domain_id)[0].name == "host"


def kill_at(failpoint: str, usual: CapturingServer) -> None:
    environment: dict[str, Any] = {
        "POSTHOUSE_FAILPOINTS": f"{failpoint}=kill",
        "POSTHOUSE_RELAY_URL": f"smtp://127.0.0.1:{usual.port}",
        "POSTHOUSE_SMTP_SESSIONS": "1",
    }
    with start("drain", "send", **environment) as process:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("failpoint", ["parting.before-commit", "parting.in-commit", "parting.after-commit"])
def test_dying_while_a_batch_is_parted_loses_and_repeats_nobody(dev: MailingList, failpoint: str) -> None:
    put(dev, at_domains(big=30, small=20, tiny=1))
    with CapturingServer() as own, relay() as usual:
        make_relay("own", own)
        route("own", to="big.example")
        route("own", to="tiny.example")
        kill_at(failpoint, usual)
        assert invariants.complaints() == []
        send_all()
    assert set(recipients_of(own).values()) == set(recipients_of(usual).values()) == {1}
    assert (len(own.deliveries), len(usual.deliveries)) == (31, 20)
    assert set(Batch.objects.values_list("domain", "state")) == {
        ("*", BatchState.SENT),
        ("big.example", BatchState.SENT),
        ("tiny.example", BatchState.SENT),
    }
    assert invariants.complaints() == []


def run(*words: str) -> str:
    out = StringIO()
    call_command("relays", *words, stdout=out)
    return out.getvalue()


def test_the_command_sets_and_shows(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run() == "There is none: everything goes to the relay in the settings.\n"
    monkeypatch.setattr("sys.stdin", StringIO("smtps://anne:wonder@mx.example.net\n"))
    run("set", "main", "-")
    run("set", "spare", "smtp+starttls://mx.example.com")
    run("route", "--list", "dev@example.org", "main", "spare")
    run("route", "--domain", "EXAMPLE.org", "--to", "big.example", "spare")
    answer = json.loads(run("--json"))
    assert answer["relays"] == [
        {"name": "main", "url": "smtps://anne@mx.example.net", "password": "set", "failures": 0, "last error": ""},
        {"name": "spare", "url": "smtp+starttls://mx.example.com", "password": "", "failures": 0, "last error": ""},
    ]
    assert answer["routes"] == [
        {"from": "dev.example.org", "to": "everybody", "place": 1, "relay": "main"},
        {"from": "dev.example.org", "to": "everybody", "place": 2, "relay": "spare"},
        {"from": "example.org", "to": "big.example", "place": 1, "relay": "spare"},
    ]
    assert "mx.example.net" in run()
    with pytest.raises(CommandError, match="A route still names main"):
        run("remove", "main")
    run("route", "--list", "dev@example.org")
    assert run("remove", "main") == "Removed.\n"
    assert list(OutgoingRelay.objects.values_list("name", flat=True)) == ["spare"]


@pytest.mark.parametrize(
    "words",
    [
        ("set", "x", "http://mx.example.net"),
        ("set", "x", "smtp://mx.example.net/path"),
        ("set", "x y", "smtp://mx.example.net"),
        ("remove", "nobody"),
        ("route", "nobody"),
        ("route", "--domain", "nowhere.example", "nobody"),
    ],
    ids=lambda words: "-".join(words).replace("/", ""),
)
def test_the_command_refuses(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*words)
    assert not OutgoingRelay.objects.exists()


def test_an_address_that_changes_forgets_the_password() -> None:
    """Nobody is told a password that was given for somebody else."""
    known = routes.set_relay("main", "smtp://anne:wonder@mx.example.net", actor="test")
    assert routes.set_relay("main", "smtp://anne@mx.example.net", actor="test").password == known.password == "wonder"
    assert routes.set_relay("main", "smtp://anne@mx.example.com", actor="test").password == ""


def test_a_relay_in_use_stays() -> None:
    make_relay("main", NOBODY)
    route("main")
    with pytest.raises(RelayInUse):
        routes.remove_relay("main", actor="test")
    with pytest.raises(UnknownRelay):
        routes.set_route(["nobody"], actor="test")
    assert routing.load().ways(None, None)[0].name == "main"


def _in_admin(client: Client) -> str:
    client.force_login(make_user("Root", superuser=True))
    row = OutgoingRelay.objects.get()
    address = f"/admin/delivery/outgoingrelay/{row.pk}/change/"
    page = client.get(address).content.decode()
    client.post(address, {"url": row.url, "password": ""})
    assert OutgoingRelay.objects.get().password == "wonder-land"
    client.post(address, {"url": "smtp://anne:other-land@127.0.0.1:1", "password": ""})
    assert OutgoingRelay.objects.get().password == "other-land"
    return page + client.get("/admin/delivery/outgoingrelay/").content.decode()


PLACES: dict[str, Callable[[Client], str]] = {
    "command": lambda client: run() + run("--json"),
    "events": lambda client: str(list(Event.objects.values())),
    "admin": _in_admin,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_password_is_shown_nowhere(dev: MailingList, client: Client, place: str) -> None:
    routes.set_relay("main", f"smtp://anne:wonder-land@127.0.0.1:{NOBODY}", actor="test")
    route("main")
    said = PLACES[place](client)
    assert "127.0.0.1" in said
    assert "land" not in said


def test_a_password_stands_in_no_log(dev: MailingList, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    put(dev, people(1))
    with CapturingServer(auth=("anne", "something else")) as server:
        make_relay("main", server, "anne", "wonder-land")
        route("main")
        send_all()
    assert "wrong user or password" in RelayState.objects.get().last_error
    assert "wonder-land" not in caplog.text
    assert "relay=main" in caplog.text
