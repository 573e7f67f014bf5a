"""How judging ends, for everybody concerned: members, sender, owners, log and listeners."""

import logging
from collections import Counter

import pytest

from archives.enums import State
from archives.models import Arrival, Post
from delivery import pipelines
from delivery.draft import Draft
from delivery.models import Batch, Notice
from lists.enums import Action, MemberRole
from lists.models import MailingList
from moderation.models import HeldMessage
from moderation.services import desk
from suite.common import events
from suite.common.models import Event
from suite.mail.parse import parse
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

POSTING = "default-posting-pipeline"


@pytest.fixture
def dev() -> MailingList:
    """Anne owns it, Bart and Eve are members, Dora is a stranger."""
    mlist = make_list("dev")
    make_member(mlist, make_user("Anne").preferred_address, MemberRole.OWNER)
    for name in ("bart", "eve"):
        make_member(mlist, f"{name}@example.com")
    return mlist


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Everything a listener to all events hears."""
    monkeypatch.setattr(events, "_listeners", {})
    told: list[Event] = []
    events.listen("*", told.append)
    return told


def of_posts(heard: list[Event]) -> list[tuple[str, str, str, dict[str, object]]]:
    return [(event.kind, event.list_id, event.subject, event.data) for event in heard if event.kind[:5] == "post."]


def post(**words: str) -> Arrival:
    """Judge a letter."""
    [arrival] = arrive(letter(**words), sender=words.get("sender", "bart@example.com"))
    judge_all()
    arrival.refresh_from_db()
    return arrival


@pytest.mark.feature("core.chain.accept")
def test_an_accepted_post(dev: MailingList, heard: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    shaped: list[int] = []

    class Counts:
        name = "counts"
        title = "Counts"

        def apply(self, draft: Draft, mlist: MailingList) -> None:
            shaped.append(draft.arrival.pk)

    monkeypatch.setitem(pipelines.PIPELINES, POSTING, (Counts(), *pipelines.PIPELINES[POSTING]))
    MailingList.objects.update(default_member_action=Action.ACCEPT)

    arrival = post()
    judge_all()
    with relay() as server:
        send_all()

    copy = parse(server.deliveries[0].content)
    assert Counter(delivery.recipient for delivery in server.deliveries) == {
        "bart@example.com": 1,
        "eve@example.com": 1,
    }
    assert copy.headers.get_all("X-Mailman-Rule-Hits") == [b"member-moderation"]
    misses = copy.headers.text("X-Mailman-Rule-Misses").split("; ")
    assert misses == arrival.verdict["misses"]
    assert {"no-senders", "approved", "loop", "banned-address", "emergency"} <= set(misses)
    assert shaped == [arrival.pk]
    assert of_posts(heard) == [
        (
            "post.accepted",
            "dev.example.org",
            f"arrival:{arrival.pk}",
            {
                "message_id": arrival.message_id,
                "chain": "accept",
                "rule": "member-moderation",
                "hits": ["member-moderation"],
            },
        )
    ]


def test_a_held_post_and_then_its_acceptance(dev: MailingList, heard: list[Event]) -> None:
    arrival = post(sender="dora@example.com")
    about = ("dev.example.org", f"arrival:{arrival.pk}")
    found = {"message_id": arrival.message_id, "rule": "nonmember-moderation", "hits": ["nonmember-moderation"]}

    held = HeldMessage.objects.get()
    assert (held.arrival, held.rule, len(held.reasons)) == (arrival, "nonmember-moderation", 1)
    assert dict(Notice.objects.values_list("recipient", "kind")) == {
        "dora@example.com": "held",
        "anne@example.com": "post-waiting",
    }
    assert of_posts(heard) == [("post.held", *about, {**found, "chain": "hold"})]

    desk.accept(held, None)
    judge_all()
    assert [event.kind for event in heard] == ["post.held", "held.accepted", "post.accepted"]
    assert of_posts(heard)[1] == ("post.accepted", *about, {**found, "chain": "", "rule": ""})


def test_a_rejected_post(dev: MailingList, heard: list[Event]) -> None:
    MailingList.objects.update(default_nonmember_action=Action.REJECT)
    arrival = post(sender="dora@example.com")
    with relay() as server:
        send_all()
    assert arrival.state == State.REJECTED
    assert [delivery.recipient for delivery in server.deliveries] == ["dora@example.com"]
    [(kind, _, subject, data)] = of_posts(heard)
    assert (kind, subject, data["chain"]) == ("post.rejected", f"arrival:{arrival.pk}", "reject")


@pytest.mark.feature("core.chain.discard")
def test_a_discarded_post(dev: MailingList, heard: list[Event], caplog: pytest.LogCaptureFixture) -> None:
    MailingList.objects.update(default_nonmember_action=Action.DISCARD)
    with caplog.at_level(logging.INFO), relay() as server:
        arrival = post(sender="dora@example.com", subject="Cheap watches", message_id="spam@example.com")
        send_all()

    assert arrival.state == State.DISCARDED
    assert server.deliveries == []
    assert not Batch.objects.exists()
    assert not Notice.objects.exists()
    assert not Post.objects.exists()
    [line] = [record.message for record in caplog.records if "verdict=" in record.message]
    assert line.startswith(f"msg=spam@example.com list=dev.example.org arrival={arrival.pk} verdict=discard ")
    assert " rule=nonmember-moderation " in line
    assert of_posts(heard) == [
        (
            "post.discarded",
            "dev.example.org",
            f"arrival:{arrival.pk}",
            {
                "message_id": "spam@example.com",
                "chain": "discard",
                "rule": "nonmember-moderation",
                "hits": ["nonmember-moderation"],
            },
        )
    ]


@pytest.mark.feature("core.rule.any")
def test_two_deferred_hits_are_held_and_both_are_named(dev: MailingList, heard: list[Event]) -> None:
    MailingList.objects.update(max_message_size=1)
    arrival = post(subject=" ", body="Good morning.\n" * 100)
    assert arrival.state == State.HELD
    assert arrival.verdict["hits"] == ["max-size", "no-subject"]
    assert len(arrival.verdict["reasons"]) == 2

    desk.accept(HeldMessage.objects.get(), None)
    with relay() as server:
        judge_all()
        send_all()
    copies = [parse(delivery.content) for delivery in server.deliveries if b"\r\nList-Post: " in delivery.content]
    assert [copy.headers.get_all("X-Mailman-Rule-Hits") for copy in copies] == [[b"max-size; no-subject"]] * 2
    assert of_posts(heard)[0][3]["hits"] == ["max-size", "no-subject"]


def test_a_post_that_fails_is_announced_as_nothing(
    dev: MailingList, heard: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Fails:
        name = "fails"
        title = "Fails"

        def apply(self, draft: Draft, mlist: MailingList) -> None:
            raise RuntimeError("no luck")

    monkeypatch.setitem(pipelines.PIPELINES, POSTING, (Fails(), *pipelines.PIPELINES[POSTING]))
    assert post().state == State.SHUNTED
    assert of_posts(heard) == []
