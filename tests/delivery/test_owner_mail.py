"""Mail to dev-owner@: to the people who run the list, as it came."""

from collections import Counter
from typing import Any

import dkim as dkimpy
import pytest

from accounts.enums import DeliveryStatus
from accounts.models import User
from archives.enums import State
from archives.models import Arrival, Post
from delivery import pipelines
from lists.enums import DMARCMitigateAction, MemberRole, Personalization, ReplyToMunging
from lists.models import MailingList
from moderation import policies
from suite.common import events
from suite.common.models import Event
from tests.delivery.handlers.shaping import below_trace
from tests.support import dkim
from tests.support.dns import dns_server
from tests.support.factories import make_list, make_member
from tests.support.outgoing import relay, send_all, unsigned
from tests.support.posting import arrive, judge_all, letter
from tests.support.smtpd import CapturingServer

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = letter(
    sender="Dora <dora@example.com>", to="dev-owner@example.org", subject="May I  join?", body="Please.\n", x_odd="  é "
)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    monkeypatch.setattr(events, "_listeners", {})
    found: list[Event] = []
    events.listen("*", found.append)
    return found


def write_to_owners(raw: bytes = QUESTION) -> tuple[Arrival, CapturingServer]:
    [arrival] = arrive(raw, "dev-owner@example.org", sender="dora@example.com")
    with relay() as server:
        judge_all()
        send_all()
    arrival.refresh_from_db()
    return arrival, server


def test_the_pipeline_is_a_table() -> None:
    assert [handler.name for handler in pipelines.PIPELINES["default-owner-pipeline"]] == [
        "cleanse-dkim",
        "owner-recipients",
        "to-outgoing",
    ]


@pytest.mark.feature("core.pipeline.default-owner", "core.chain.default-owner")
def test_owners_and_moderators_get_it_as_it_came(
    dev: MailingList, anne: User, cris: User, bart: User, heard: list[Event]
) -> None:
    MailingList.objects.update(subject_prefix="[Dev] ", personalize=Personalization.FULL, default_nonmember_action=2)

    arrival, server = write_to_owners()

    assert (arrival.state, arrival.number, arrival.changes) == (State.DISTRIBUTED, None, ["owner-recipients"])
    assert {(unsigned(mail.sender), *mail.recipients) for mail in server.mails} == {
        ("dev-bounces+anne=example.com@example.org", "anne@example.com"),
        ("dev-bounces+cris=example.com@example.org", "cris@example.com"),
    }
    assert {below_trace(mail.content) for mail in server.mails} == {QUESTION}
    assert not Post.objects.exists()
    dev.refresh_from_db()
    assert (dev.post_id, dev.last_post_at) == (1, None)
    assert [(event.kind, event.data["chain"]) for event in heard] == [("owner.accepted", "accept")]


def test_what_its_author_signed_still_holds_whatever_the_list_does_to_posts(dev: MailingList, anne: User) -> None:
    """So p=reject is met by DKIM, and From need not be touched."""
    MailingList.objects.update(
        subject_prefix="[Dev] ",
        reply_goes_to_list=ReplyToMunging.POINT_TO_LIST,
        first_strip_reply_to=True,
        personalize=Personalization.FULL,
        filter_content=True,
        anonymous_list=True,
        dmarc_mitigate_action=DMARCMitigateAction.MUNGE_FROM,
        dmarc_mitigate_unconditionally=True,
    )
    key = dkim.public_record()
    policies.forget()
    records = {"_dmarc.example.com": ["v=DMARC1; p=reject"], "test._domainkey.example.com": [key.decode()]}
    fields = {"reply_to": "dora@example.com", "content_type": "text/html; charset=utf-8"}
    question = letter(
        sender="Dora <dora@example.com>", to="dev-owner@example.org", subject="Grüße", body="<p>Ä  \n\n.\n\n", **fields
    )
    with dns_server(records):
        arrival, server = write_to_owners(dkim.sign(question))

    assert arrival.state == State.DISTRIBUTED
    [mail] = server.mails
    assert b"\r\nFrom: Dora <dora@example.com>\r\n" in mail.content
    assert dkim.verifies(mail.content)
    assert dkimpy.verify(mail.content, dnsfunc=lambda name, timeout=5: key)
    assert not dkimpy.verify(mail.content.replace(b"<p>", b"<P>"), dnsfunc=lambda name, timeout=5: key)


@pytest.mark.feature("core.handler.owner-recipients")
def test_each_administrator_once_unless_his_mail_is_stopped(dev: MailingList, anne: User, cris: User) -> None:
    make_member(dev, anne.preferred_address, MemberRole.MODERATOR)
    make_member(dev, "Olga@Example.com", MemberRole.OWNER)
    make_member(dev, "olga@example.com", MemberRole.MODERATOR)
    dev.memberships.filter(address__user=cris).update(delivery_status=DeliveryStatus.BY_USER)

    _, server = write_to_owners()

    assert Counter(one.recipient for one in server.deliveries) == {"anne@example.com": 1, "Olga@Example.com": 1}


def test_an_administrator_who_stopped_all_his_mail_gets_none(dev: MailingList, anne: User, cris: User) -> None:
    User.objects.filter(pk=cris.pk).update(delivery_status=DeliveryStatus.BY_USER)

    _, server = write_to_owners()

    assert [one.recipient for one in server.deliveries] == ["anne@example.com"]


@pytest.mark.feature("core.handler.owner-recipients", "core.chain.default-owner")
def test_the_site_owner_gets_what_nobody_else_would(settings: Any) -> None:
    settings.SITE_OWNER = "postmaster@example.org"
    dev = make_list("dev")
    make_member(dev, "anne@example.com", MemberRole.OWNER, delivery_status=DeliveryStatus.BY_USER)

    _, server = write_to_owners()

    assert [(unsigned(mail.sender), *mail.recipients) for mail in server.mails] == [
        ("dev-bounces+postmaster=example.org@example.org", "postmaster@example.org")
    ]


def test_two_letters_of_one_person_are_both_delivered(dev: MailingList, anne: User) -> None:
    _, first = write_to_owners()
    _, second = write_to_owners(QUESTION.replace(b"Please.", b"Pretty please."))

    assert len(first.deliveries) == len(second.deliveries) == 1


# --- circles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["dev@example.org", "dev-owner@example.org"])
@pytest.mark.parametrize(("hops", "state"), [(50, State.DISTRIBUTED), (51, State.REJECTED)])
def test_what_was_passed_on_too_often_goes_no_further(
    dev: MailingList, anne: User, bart: User, address: str, hops: int, state: State
) -> None:
    raw = b"Received: from a by b; Fri, 20 Nov 2026 12:00:00 +0000\r\n" * hops + letter(to=address)
    [arrival] = arrive(raw, address)
    with relay() as server:
        judge_all()
        send_all()
    arrival.refresh_from_db()

    assert arrival.state == state
    if state == State.REJECTED:
        assert arrival.reason == "The message was passed on too often: it seems to run in a circle."
        assert [one.recipient for one in server.deliveries] == ["bart@example.com"]


def test_two_lists_that_are_each_others_members_end(dev: MailingList, settings: Any) -> None:
    """Without any other rule: each copy bears one more line of ours, until there are too many."""
    settings.MAX_HOPS = 3
    other = make_list("other")
    for mlist, member in ((dev, "other@example.org"), (other, "dev@example.org")):
        make_member(mlist, member)
    MailingList.objects.update(posting_chain="accept", posting_pipeline="default-posting-pipeline")
    arrive(letter())
    rounds = 0
    with relay() as server:
        while Arrival.objects.filter(state=State.RECEIVED).exists():
            before = len(server.mails)
            judge_all()
            send_all()
            for mail in server.mails[before:]:
                arrive(mail.content.replace(b"Message-ID: <", b"Message-ID: <x"), *mail.recipients, sender=mail.sender)
            rounds += 1
            assert rounds < 9
    assert Arrival.objects.filter(state=State.REJECTED).count() == 1
    assert Arrival.objects.filter(state=State.DISTRIBUTED).count() == 4


@pytest.mark.parametrize(
    ("origin", "words"), [("lmtp", b") with LMTP id "), ("web", b") with HTTP id "), ("inject", b") id ")]
)
def test_copies_say_that_they_came_through_here(dev: MailingList, bart: User, origin: str, words: bytes) -> None:
    [arrival] = arrive(letter())
    Arrival.objects.update(origin=origin)
    with relay() as server:
        judge_all()
        send_all()

    [mail] = server.mails
    first = mail.content.partition(b"\r\nDate: ")[0].replace(b"\r\n", b"")
    assert first.startswith(b"Received: by example.org (Posthouse" + words + str(arrival.pk).encode() + b"; ")
