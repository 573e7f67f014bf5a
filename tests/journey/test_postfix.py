"""Through a real Postfix, in and out: SMTP to Postfix, LMTP to us, SMTP to Postfix, and on to a server that captures."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from archives.enums import State
from archives.models import Arrival
from delivery.enums import BatchState, OutcomeState
from delivery.models import Batch, Outcome
from delivery.services import invariants
from tests.support.factories import make_list, make_member
from tests.support.lmtp import door_process
from tests.support.outgoing import send_all
from tests.support.ports import free_port
from tests.support.postfix import INSIDE, OUTSIDE, Postfix, postfix
from tests.support.posting import judge_all, letter
from tests.support.requires import requires_postfix
from tests.support.smtpd import CapturingServer, Mail
from tests.support.waiting import wait_until

pytestmark = requires_postfix

ANNE, BART, UMLAUT = "anne@example.com", "bart@example.com", "jürgen@example.com"
MEMBERS = {
    "dev": [ANNE, BART, UMLAUT],
    "ops": [ANNE, BART],
    "talk": [ANNE, "cris@example.com", UMLAUT],
}
HOST = "lists.example.org"


@pytest.fixture(scope="module")
def lists(transactional_db: None) -> None:
    for name, members in MEMBERS.items():
        mlist = make_list(f"{name}@{HOST}")
        for member in members:
            make_member(mlist, member)


@pytest.fixture(scope="module")
def lmtp_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def world() -> Iterator[CapturingServer]:
    """Everybody's mail server."""
    with CapturingServer() as world:
        yield world


@pytest.fixture(scope="module")
def mta(lists: None, lmtp_port: int, world: CapturingServer) -> Iterator[Postfix]:
    with (
        postfix(lmtp=lmtp_port, relay=world.port) as mta,
        override_settings(RELAY_URL=f"smtp://127.0.0.1:{mta.port}"),
    ):
        yield mta


@contextmanager
def door(port: int, **environment: str) -> Iterator[None]:
    with door_process(POSTHOUSE_LMTP_PORT=str(port), **environment):
        yield


@pytest.fixture
def open_door(mta: Postfix, lmtp_port: int) -> Iterator[None]:
    with door(lmtp_port):
        yield


def to(*names: str) -> list[str]:
    return [f"{name}@{HOST}" for name in names]


def work_off(message_id: str, arrivals: int) -> None:
    """What workers do, once so many arrivals of the letter are there."""
    found = Arrival.objects.filter(message_id=message_id)
    wait_until(lambda: found.count() == arrivals, f"{arrivals} arrivals of {message_id}")
    judge_all()
    send_all()
    assert set(found.values_list("state", flat=True)) == {State.DISTRIBUTED}
    assert invariants.complaints() == []


def copies(world: CapturingServer, message_id: str, count: int) -> Counter[tuple[str, str]]:
    """(recipient, list) of each copy of the letter, when there are so many at least."""

    def mails() -> list[Mail]:
        return [mail for mail in list(world.mails) if f"Message-ID: <{message_id}>".encode() in mail.content]

    wait_until(lambda: sum(len(mail.recipients) for mail in mails()) >= count, f"{count} copies of {message_id}")
    return Counter((name, list_of(mail.content)) for mail in mails() for name in mail.recipients)


def list_of(content: bytes) -> str:
    return content.partition(b"List-Id: <")[2].partition(b".")[0].decode()


def everybody(*names: str) -> Counter[tuple[str, str]]:
    return Counter((member, name) for name in names for member in MEMBERS[name])


@pytest.mark.usefixtures("open_door")
def test_post_to_three_lists_reaches_each_member_once_per_list(mta: Postfix, world: CapturingServer) -> None:
    post = letter(sender=ANNE, to=", ".join(to(*MEMBERS)), message_id="three@example.com")

    mta.submit(post, ANNE, *to(*MEMBERS))
    work_off("three@example.com", arrivals=3)

    wanted = everybody(*MEMBERS)
    assert copies(world, "three@example.com", wanted.total()) == wanted
    assert set(wanted.values()) == {1}
    assert len(set(Arrival.objects.filter(message_id="three@example.com").values_list("letter", flat=True))) == 1


@pytest.mark.usefixtures("open_door")
def test_internationalised_member_posts_and_is_sent_posts(mta: Postfix, world: CapturingServer) -> None:
    post = letter(sender=UMLAUT, to=to("talk")[0], subject="Grüße", message_id="utf8@example.com")

    mta.submit(post, UMLAUT, *to("talk"), smtputf8="SMTPUTF8", body="BODY=8BITMIME")
    work_off("utf8@example.com", arrivals=1)

    assert copies(world, "utf8@example.com", 3) == everybody("talk")
    assert Arrival.objects.get(message_id="utf8@example.com").sender == UMLAUT
    assert "SMTPUTF8" in next(mail for mail in world.mails if UMLAUT in mail.recipients).parameters


@pytest.mark.usefixtures("open_door")
def test_unknown_address_bounces_to_the_sender_and_costs_the_others_nothing(
    mta: Postfix, world: CapturingServer
) -> None:
    post = letter(to=", ".join(to("ops", "nobody")), message_id="unknown@example.com")

    mta.submit(post, BART, *to("ops", "nobody"))
    mta.wait_for(rf"to=<nobody@{HOST}>.* dsn=5\.1\.1, status=bounced .*said: 550 5\.1\.1 .*in reply to RCPT TO")
    work_off("unknown@example.com", arrivals=1)

    assert copies(world, "unknown@example.com", 3) == everybody("ops") + Counter({(BART, ""): 1})
    bounce = next(mail for mail in world.mails if mail.sender == "")
    assert bounce.recipients == [BART]
    assert f"Final-Recipient: rfc822; nobody@{HOST}".encode() in bounce.content


@pytest.mark.usefixtures("open_door")
@pytest.mark.feature("mta.postfix.no-maps")
def test_strangers_hear_at_once_which_lists_there_are(mta: Postfix) -> None:
    assert mta.ask(f"dev@{HOST}", OUTSIDE) == (250, "2.1.5 Ok")
    code, text = mta.ask(f"no-such-list@{HOST}", OUTSIDE)
    assert (code, "5.1.1" in text) == (550, True)

    make_list(f"fresh@{HOST}")

    wait_until(lambda: mta.ask(f"fresh@{HOST}", OUTSIDE) == (250, "2.1.5 Ok"), "the new list's address")
    for name in ("fresh-owner", "fresh-request", "fresh-confirm+token", "fresh-bounces+bart=example.com"):
        assert mta.ask(f"{name}@{HOST}", OUTSIDE) == (250, "2.1.5 Ok"), name
    assert mta.ask("bart@elsewhere.example", OUTSIDE)[0] == 454
    assert mta.ask("bart@elsewhere.example", INSIDE)[0] == 250


def test_own_trouble_defers_and_costs_nothing(mta: Postfix, lmtp_port: int, world: CapturingServer) -> None:
    post = letter(to=to("ops")[0], message_id="trouble@example.com")

    mta.submit(post, BART, *to("ops"))  # nobody is at home
    mta.wait_for(rf"to=<ops@{HOST}>.* status=deferred .*Connection refused")
    with door(lmtp_port, POSTHOUSE_FAILPOINTS="intake.before-commit=raise"):
        mta.wait_for(rf"to=<ops@{HOST}>.* dsn=4\.3\.0, status=deferred .*said: 451 4\.3\.0")
    assert not Arrival.objects.filter(message_id="trouble@example.com").exists()

    with door(lmtp_port):
        work_off("trouble@example.com", arrivals=1)

    assert copies(world, "trouble@example.com", 2) == everybody("ops")


@pytest.mark.usefixtures("open_door")
def test_deferred_member_is_served_later_and_nobody_twice(mta: Postfix, world: CapturingServer) -> None:
    mta.refuse({BART: "450 4.2.1 mailbox busy"})
    mta.submit(letter(sender=ANNE, to=to("ops")[0], message_id="busy@example.com"), ANNE, *to("ops"))
    work_off("busy@example.com", arrivals=1)

    assert copies(world, "busy@example.com", 1) == Counter({(ANNE, "ops"): 1})
    outcome = Outcome.objects.get()
    assert (outcome.address, outcome.state, outcome.code, outcome.enhanced) == (
        BART,
        OutcomeState.DEFERRED,
        450,
        "4.2.1",
    )

    mta.refuse({})
    Outcome.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    Batch.objects.filter(state=BatchState.PENDING).update(due_at=timezone.now() - timedelta(seconds=1))
    send_all()

    assert copies(world, "busy@example.com", 2) == everybody("ops")
    outcome.refresh_from_db()
    assert (outcome.state, outcome.batch.state) == (OutcomeState.SENT, BatchState.SENT)
    assert invariants.complaints() == []
