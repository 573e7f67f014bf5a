"""Both ways through a real Postfix: posts out to mailboxes, bounces back to a member's score; in ASCII and beyond it."""

import re
from collections.abc import Iterator

import pytest
from django.test import override_settings

from archives.enums import Role, State
from archives.models import Arrival
from delivery import tasks
from delivery.enums import OutcomeState
from delivery.models import BounceEvent, Outcome
from lists.models import MailingList
from suite.mail import wire
from tests.support.factories import make_list, make_member
from tests.support.lmtp import door_process
from tests.support.outgoing import relay, send_all
from tests.support.ports import free_port
from tests.support.postfix import Postfix, postfix
from tests.support.posting import arrive, judge_all, letter
from tests.support.requires import requires_postfix
from tests.support.smtpd import CapturingServer
from tests.support.waiting import wait_until

pytestmark = requires_postfix

HOST = "lists.example.org"
MEMBERS = [f"{name}@example.com" for name in ("anne", "bart", "cris", "eve", "zoe")]
GONE, JURGEN = "gone@example.com", "jürgen@grüße.example"
JURGEN_ON_WIRE = "jürgen@xn--gre-6ka8l.example"
UTF8 = {"smtputf8": "SMTPUTF8", "body": "BODY=8BITMIME"}


@pytest.fixture(scope="module")
def world() -> Iterator[CapturingServer]:
    """Everybody's mail server. Who is gone is refused there, behind Postfix."""
    with CapturingServer(
        refuse={"^gone@": "550 5.1.1 no such user", "^jürgen@.*gone": "550 5.1.1 no such user"}
    ) as world:
        yield world


@pytest.fixture(scope="module")
def mta(transactional_db: None, world: CapturingServer) -> Iterator[Postfix]:
    port = free_port()
    with (
        door_process(POSTHOUSE_LMTP_PORT=str(port)),
        postfix(lmtp=port, relay=world.port) as mta,
        override_settings(
            RELAY_URL=f"smtp://127.0.0.1:{mta.port}",
            VERP_INTERVAL=1,
            EMAIL_BACKEND="delivery.mail_backend.OutboxBackend",
        ),
    ):
        yield mta


def work_off(role: Role, count: int = 1) -> None:
    """Workers, once so many letters have come to addresses of this role."""
    waiting = Arrival.objects.filter(role=role, state=State.RECEIVED)
    wait_until(lambda: waiting.count() == count, f"{count} letters to {role}")
    judge_all()
    for kind in ("bounce", "send"):
        tasks.drain(kind)


def for_whom(world: CapturingServer, message_id: str) -> list[str]:
    wanted = f"<{message_id}>".encode()
    return sorted(name for mail in list(world.mails) if wanted in mail.content for name in mail.recipients)


@pytest.mark.feature("mta.round-trip")
def test_a_post_reaches_each_mailbox_once_and_a_bounce_comes_back(mta: Postfix, world: CapturingServer) -> None:
    dev = make_list(f"dev@{HOST}")
    for member in (*MEMBERS, GONE):
        make_member(dev, member)

    mta.submit(letter(to=f"dev@{HOST}", message_id="round@example.com"), "bart@example.com", f"dev@{HOST}")
    work_off(Role.POST)
    wait_until(lambda: len(for_whom(world, "round@example.com")) >= len(MEMBERS), "a copy for everybody")
    work_off(Role.BOUNCES)

    assert for_whom(world, "round@example.com") == MEMBERS
    event = BounceEvent.objects.get()
    assert (event.address, event.kind, event.enhanced, event.proven) == (GONE, "hard", "5.1.1", True)
    scores = {str(row.subscriber_address): row.bounce_score for row in dev.memberships.all()}
    assert scores == dict.fromkeys(MEMBERS, 0) | {GONE: 1}


@pytest.mark.feature("beyond.eai")
def test_an_internationalised_member_joins_posts_and_bounces(mta: Postfix, world: CapturingServer) -> None:
    talk = make_list(f"talk@{HOST}")
    make_member(talk, "anne@example.com")

    join = letter(sender=f"Jürgen <{JURGEN}>", to=f"talk-join@{HOST}", message_id="join@example.com")
    mta.submit(join, JURGEN_ON_WIRE, f"talk-join@{HOST}", **UTF8)
    work_off(Role.JOIN)
    wait_until(lambda: any(JURGEN_ON_WIRE in mail.recipients for mail in world.mails), "a question to Jürgen")
    question = next(mail for mail in world.mails if JURGEN_ON_WIRE in mail.recipients)
    assert "SMTPUTF8" in question.parameters
    [confirm] = set(re.findall(rf"talk-confirm\+\w+@{re.escape(HOST)}", question.content.decode()))
    answer = letter(sender=JURGEN, to=confirm, subject="Re: confirm", message_id="confirm@example.com")
    mta.submit(answer, JURGEN_ON_WIRE, confirm, **UTF8)
    work_off(Role.CONFIRM)
    assert {str(row.subscriber_address) for row in talk.memberships.all()} == {"anne@example.com", JURGEN}

    post = letter(sender=f"Jürgen <{JURGEN}>", to=f"talk@{HOST}", subject="Grüße", message_id="eai@example.com")
    mta.submit(post, JURGEN_ON_WIRE, f"talk@{HOST}", **UTF8)
    work_off(Role.POST)
    wait_until(lambda: len(for_whom(world, "eai@example.com")) >= 2, "copies for both")
    copies = [mail for mail in world.mails if b"<eai@example.com>" in mail.content]
    assert for_whom(world, "eai@example.com") == ["anne@example.com", JURGEN_ON_WIRE]
    [his] = [mail for mail in copies if JURGEN_ON_WIRE in mail.recipients]
    assert "SMTPUTF8" in his.parameters
    assert his.sender.startswith("talk-bounces+jürgen=xn--gre-6ka8l.example")

    assert isinstance(world.refuse, dict)
    world.refuse["^jürgen@"] = "550 5.1.1 no such user"
    try:
        mta.submit(letter(to=f"talk@{HOST}", message_id="eai2@example.com"), "anne@example.com", f"talk@{HOST}")
        work_off(Role.POST)
        work_off(Role.BOUNCES)
    finally:
        del world.refuse["^jürgen@"]
    jurgen = next(row for row in talk.memberships.all() if str(row.subscriber_address) == JURGEN)
    assert jurgen.bounce_score == 1


@pytest.mark.feature("beyond.eai")
@pytest.mark.django_db(transaction=True)
def test_a_relay_without_smtputf8_is_reported_for_that_member_alone() -> None:
    dev: MailingList = make_list("dev")
    make_member(dev, "anne@example.com")
    make_member(dev, JURGEN)
    arrive(wire.normalise_newlines(letter(sender="anne@example.com")), sender="anne@example.com")
    judge_all()

    with relay(smtputf8=False) as server:
        send_all()

    assert [delivery.recipient for delivery in server.deliveries] == ["anne@example.com"]
    outcome = Outcome.objects.get()
    assert (outcome.address, outcome.state, outcome.enhanced) == (JURGEN, OutcomeState.REFUSED, "5.6.7")
    assert "SMTPUTF8" in outcome.reply
