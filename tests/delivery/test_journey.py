"""The whole road: kept, judged, shaped, filed, planned, sent; and what happens where it breaks."""

import sqlite3
from collections import Counter
from typing import Any

import pytest
from django.core.mail import send_mail
from django.db import OperationalError, connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from archives.enums import State
from archives.models import Arrival, Letter, Post
from delivery import journey, pipelines
from delivery.draft import Draft
from delivery.models import Batch, Lane, Notice, Rendering
from delivery.services import runs
from lists import notices
from lists.enums import Action, MemberRole, Personalization
from lists.models import MailingList
from moderation.models import HeldMessage
from moderation.services import desk
from tests.support.factories import make_list, make_member, make_user
from tests.support.outgoing import relay, send_all
from tests.support.posting import arrive, judge_all, letter
from tests.support.requires import on_sqlite

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dev() -> MailingList:
    mlist = make_list("dev")
    for name in ("anne", "bart", "cris"):
        make_member(mlist, f"{name}@example.com")
    return mlist


def state_of(arrival: Arrival) -> str:
    arrival.refresh_from_db()
    return arrival.state


def test_a_post_reaches_every_member_and_the_archive(dev: MailingList) -> None:
    [arrival] = arrive(letter(subject="Hello", body="Good morning.\n"))
    with relay() as server:
        judge_all()
        send_all()
    assert state_of(arrival) == State.DISTRIBUTED
    assert Counter(delivery.recipient for delivery in server.deliveries) == {
        "anne@example.com": 1,
        "bart@example.com": 1,
        "cris@example.com": 1,
    }
    [copy] = {delivery.content for delivery in server.deliveries}
    assert b"Subject: [Dev] Hello\r\n" in copy
    assert b"List-Id: <dev.example.org>\r\n" in copy
    post = Post.objects.get()
    assert (post.subject, post.author_email, post.number, post.text) == (
        "Hello",
        "bart@example.com",
        1,
        "Good morning.",
    )
    assert (post.thread.post_count, post.thread.root) == (1, post)
    dev.refresh_from_db()
    assert dev.post_id == 2
    assert dev.last_post_at is not None


@pytest.mark.feature("core.lmtp.same-id-two-lists")
def test_one_id_on_two_lists_and_an_id_used_again(dev: MailingList) -> None:
    other = make_list("other")
    make_member(other, "bart@example.com")
    arrive(
        letter(to="dev@example.org, other@example.org", message_id="same@example.com"),
        "dev@example.org",
        "other@example.org",
    )
    arrive(letter(body="Something else.\n", message_id="same@example.com"))
    with relay() as server:
        judge_all()
        send_all()
    assert sorted((post.archive.list_id, post.text) for post in Post.objects.select_related("archive")) == [
        ("dev.example.org", "Good morning."),
        ("dev.example.org", "Something else."),
        ("other.example.org", "Good morning."),
    ]
    got = Counter((delivery.recipient, b"Something else" in delivery.content) for delivery in server.deliveries)
    assert got == {
        ("anne@example.com", False): 1,
        ("bart@example.com", False): 2,
        ("cris@example.com", False): 1,
        ("anne@example.com", True): 1,
        ("bart@example.com", True): 1,
        ("cris@example.com", True): 1,
    }


@pytest.mark.feature("core.runner.order", "core.handler.after-delivery")
def test_posts_keep_their_order_and_numbers(dev: MailingList) -> None:
    for number in range(100):
        arrive(letter(subject=f"Post {number}"))
    make_member(make_list("slow"), "bart@example.com")
    arrive(letter(to="slow@example.org"), "slow@example.org")
    with relay() as server:
        judge_all()
        send_all()
    assert list(
        Post.objects.filter(archive__list_id="dev.example.org").order_by("number").values_list("number", "subject")
    ) == [(number + 1, f"Post {number}") for number in range(100)]
    subjects = [
        mail.content.partition(b"Subject: ")[2].partition(b"\r\n")[0]
        for mail in server.mails
        if b"List-Id: <dev." in mail.content
    ]
    assert subjects == [b"[Dev] Post %d" % number for number in range(100)]


def test_a_stranger_is_held_and_told_and_goes_out_when_accepted(dev: MailingList) -> None:
    owner = make_user("Olga")
    make_member(dev, owner.preferred_address, MemberRole.OWNER)
    [arrival] = arrive(letter(sender="Dora <dora@example.com>"), sender="dora@example.com")
    judge_all()
    assert state_of(arrival) == State.HELD
    held = HeldMessage.objects.get()
    assert held.sender == "dora@example.com"
    assert dict(Notice.objects.values_list("recipient", "kind")) == {
        "dora@example.com": "held",
        "olga@example.com": "post-waiting",
    }
    desk.accept(held, owner)
    with relay() as server:
        judge_all()
        send_all()
    assert state_of(arrival) == State.DISTRIBUTED
    posts = [
        delivery
        for delivery in server.deliveries
        if b"[Dev] Hello" in delivery.content and b"List-Post" in delivery.content
    ]
    assert len(posts) == 3
    assert b"X-Mailman-Approved-At: " in posts[0].content


@pytest.mark.parametrize(
    ("action", "state", "told"),
    [(Action.REJECT, State.REJECTED, {"dora@example.com": "rejected"}), (Action.DISCARD, State.DISCARDED, {})],
)
def test_a_stranger_refused(dev: MailingList, action: Action, state: State, told: dict[str, str]) -> None:
    MailingList.objects.update(default_nonmember_action=action)
    [arrival] = arrive(letter(sender="dora@example.com"), sender="dora@example.com")
    judge_all()
    assert state_of(arrival) == state
    assert dict(Notice.objects.values_list("recipient", "kind")) == told
    assert not Batch.objects.filter(mlist=dev).exists()


@pytest.fixture
def bad_handler(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """A plugin's handler that fails at every post whose subject is in the list."""
    poison: list[bytes] = [b"Poison"]

    class Fails:
        name = "fails"
        title = "Fails"

        def apply(self, draft: Draft, mlist: MailingList) -> None:
            if (draft.headers.get("Subject") or b"").strip() in poison:
                raise RuntimeError("no luck")

    name = "default-posting-pipeline"
    monkeypatch.setitem(pipelines.PIPELINES, name, (Fails(), *pipelines.PIPELINES[name]))
    return poison


@pytest.mark.feature("core.runner.shunt", "core.runner.pipeline")
def test_a_failing_handler_shunts_that_post_alone(dev: MailingList, bad_handler: list[bytes]) -> None:
    from archives.services.parking import retry

    [bad] = arrive(letter(subject="Poison"))
    [good] = arrive(letter(subject="Fine"))
    with relay() as server:
        judge_all()
        send_all()
        assert (state_of(bad), state_of(good)) == (State.SHUNTED, State.DISTRIBUTED)
        assert "RuntimeError: no luck" in bad.traceback
        assert Notice.objects.filter(kind="shunted").count() == 1
        assert list(Post.objects.values_list("subject", flat=True)) == ["Fine"]
        bad_handler.clear()
        retry(bad, by="operator")
        judge_all()
        send_all()
    assert state_of(bad) == State.DISTRIBUTED
    assert sum(b"[Dev] Poison" in delivery.content for delivery in server.deliveries) == 3
    assert sum(b"[Dev] Fine" in delivery.content for delivery in server.deliveries) == 3


@on_sqlite
def test_a_letter_that_is_too_much_for_the_database_stops_nobody(dev: MailingList) -> None:
    """It calls that an OperationalError, as if it were away: to wait for it would keep everybody waiting for ever."""
    people = ", ".join(f"person{number}@example.com" for number in range(300))
    [bad] = arrive(letter(cc=people))
    Arrival.objects.filter(pk=bad.pk).update(state=State.ACCEPTED)
    [good] = arrive(letter())
    connection.ensure_connection()
    before = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 250)
    try:
        judge_all()
    finally:
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)
    assert (state_of(bad), state_of(good)) == (State.SHUNTED, State.DISTRIBUTED)
    assert "too many SQL variables" in bad.reason


@pytest.mark.parametrize("site_owner", ["postmaster@example.org", "nobody\n"])
def test_a_failure_that_quotes_anything_shunts_that_post_alone(
    dev: MailingList, monkeypatch: pytest.MonkeyPatch, settings: Any, site_owner: str
) -> None:
    """NUL and half characters in its words; and even where the operator cannot be told."""

    class Fails:
        name = title = "fails"

        def apply(self, draft: Draft, mlist: MailingList) -> None:
            if draft.headers.get("Subject") == b"Poison":
                raise RuntimeError("\0 and \udc80")

    name = "default-posting-pipeline"
    monkeypatch.setitem(pipelines.PIPELINES, name, (Fails(), *pipelines.PIPELINES[name]))
    settings.SITE_OWNER = site_owner
    [bad], [good] = arrive(letter(subject="Poison")), arrive(letter())
    judge_all()
    assert (state_of(bad), state_of(good)) == (State.SHUNTED, State.DISTRIBUTED)
    assert bad.attempts <= 2
    assert Notice.objects.filter(kind="shunted").count() == (site_owner != "nobody\n")


def test_our_own_trouble_counts_no_attempt(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("the database is gone")

    [arrival] = arrive(letter())
    with monkeypatch.context() as broken:
        broken.setattr(journey.distribution, "write", away)
        with pytest.raises(OperationalError):
            judge_all()
    assert state_of(arrival) == State.RECEIVED
    assert arrival.attempts == 0
    judge_all()
    assert state_of(arrival) == State.DISTRIBUTED


def test_what_a_crash_interrupted_comes_back_alone_and_is_shunted_in_the_end(dev: MailingList) -> None:
    arrivals = [arrive(letter(subject=f"Post {number}"))[0] for number in range(3)]
    Arrival.objects.filter(pk=arrivals[0].pk).update(attempts=1, lease_token="dead")
    lease = journey.leases.take_lane()
    assert lease is not None
    run = runs.claim(lease)
    assert run is not None
    assert [arrival.pk for arrival in run.arrivals] == [arrivals[0].pk]
    Arrival.objects.filter(pk=arrivals[0].pk).update(attempts=runs.MAX_ATTEMPTS)
    Lane.objects.update(until=None)
    judge_all()
    assert [state_of(arrival) for arrival in arrivals] == [State.SHUNTED, State.DISTRIBUTED, State.DISTRIBUTED]


def test_posts_to_many_are_worked_on_a_few_at_a_time(dev: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    """All recipients of a run are in memory at once."""
    monkeypatch.setattr(runs, "RUN_RECIPIENTS", 7)
    arrivals = [arrive(letter(subject=f"Post {number}"))[0] for number in range(5)]
    lease = journey.leases.take_lane()
    assert lease is not None
    run = runs.claim(lease)
    assert run is not None
    assert [arrival.pk for arrival in run.arrivals] == [arrival.pk for arrival in arrivals[:2]]


def test_mail_to_robots_counts_as_no_post_however_many_members_there_are(
    dev: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "RUN_RECIPIENTS", 7)
    roles = ["dev", "dev-bounces", "dev-request", "dev", "dev-bounces", "dev", "dev-bounces"]
    arrivals = [arrive(letter(), f"{role}@example.org")[0] for role in roles]
    lease = journey.leases.take_lane()
    assert lease is not None
    run = runs.claim(lease)
    assert run is not None
    assert [arrival.pk for arrival in run.arrivals] == [arrival.pk for arrival in arrivals[:5]]


def test_a_lost_lane_writes_nothing(dev: MailingList) -> None:
    [arrival] = arrive(letter())
    lease = journey.leases.take_lane()
    assert lease is not None
    run = runs.claim(lease)
    assert run is not None
    results = journey.consider(run)
    Lane.objects.update(token="somebody-else")
    with pytest.raises(journey.LostLease):
        journey.distribution.write(lease, run, results)
    assert state_of(arrival) == State.RECEIVED
    assert not Post.objects.exists()
    assert not Rendering.objects.exists()


def test_a_list_is_worked_on_by_one_worker_at_a_time(dev: MailingList) -> None:
    arrive(letter())
    assert journey.leases.take_lane() is not None
    assert journey.leases.take_lane() is None


@pytest.mark.feature("core.handler.untouched-body")
def test_bytes_that_need_no_change_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    mlist = make_list("plain", subject_prefix="")
    make_member(mlist, "bart@example.com")
    monkeypatch.setitem(notices.TEXTS, "list:member:regular:footer", ("", ""))
    raw = letter(to="plain@example.org", body="Trailing blanks   \n\n\nTab\t\n8 bit \xe4\n")
    arrive(raw, "plain@example.org")
    with relay() as server:
        judge_all()
        send_all()
    [delivery] = server.deliveries
    assert delivery.content.partition(b"\r\n\r\n")[2] == raw.partition(b"\r\n\r\n")[2]


def test_identical_bytes_are_stored_once(dev: MailingList) -> None:
    raw = letter()
    arrive(raw)
    judge_all()
    assert Letter.objects.count() == 1
    assert bytes(Letter.objects.get().raw) == raw
    assert Post.objects.get().letter == Letter.objects.get()


@override_settings(BASE_URL="https://lists.example.org")
def test_personal_copies_carry_one_click_headers(dev: MailingList) -> None:
    MailingList.objects.update(personalize=Personalization.INDIVIDUAL)
    arrive(letter())
    with relay() as server:
        judge_all()
        send_all()
    copies = {delivery.recipient: delivery.content for delivery in server.deliveries}
    links = {content.partition(b"List-Unsubscribe: ")[2].partition(b"\r\n")[0] for content in copies.values()}
    assert len(copies) == len(links) == 3
    for content in copies.values():
        assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in content
        assert b"=#" not in content


def test_statements_of_a_run(dev: MailingList) -> None:
    """What judging costs the database: so much around a run, so much more for each post in it; digests two more a run."""
    costs = {}
    for digests in (False, True):
        MailingList.objects.update(digests_enabled=digests)
        arrive(letter())
        judge_all()
        for length in (1, 11):
            for number in range(length):
                arrive(letter(subject=f"Run of {length}, post {number}"))
            with CaptureQueriesContext(connection) as queries:
                judge_all()
            costs[digests, length] = len(queries)
    assert costs == {(False, 1): 29, (False, 11): 70, (True, 1): 31, (True, 11): 72}


def test_the_mail_backend_writes_to_the_outbox(dev: MailingList, settings: Any) -> None:
    settings.EMAIL_BACKEND = "delivery.mail_backend.OutboxBackend"
    send_mail("Welcome", "Good to see you.", "Posthouse <postmaster@example.org>", ["Anne <anne@example.com>"])
    with relay() as server:
        send_all()
    [delivery] = server.deliveries
    assert (delivery.sender, delivery.recipient) == ("postmaster@example.org", "anne@example.com")
    assert b"Subject: Welcome\r\n" in delivery.content
