"""keep(): what comes in is stored whole, once, and before anybody looks at it."""

import hashlib
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archives.enums import Origin, Role, State
from archives.models import Arrival, Letter
from archives.services import intake
from archives.services.intake import NOT_SERVED, SERVED_ROLES, Incoming, Kept, keep, resume_parked, ring_for_arrivals
from lists.addressing import Destination
from lists.models import MailingList
from suite.common.enums import BellKind
from suite.common.failpoints import Tripped, armed
from suite.common.models import Bell
from tests.support.broken import BROKEN
from tests.support.factories import make_list, make_user

pytestmark = pytest.mark.django_db

RAW = b"Message-ID: <one@example.com>\r\nFrom: Bart <bart@example.com>\r\nSubject: Hello\r\n\r\nHello all.\r\n"


def to(mlist: MailingList, role: Role = Role.POST, detail: str = "") -> Destination:
    return Destination(mlist.pk, mlist.list_id, role, detail)


def incoming(*destinations: Destination, raw: bytes = RAW, sender: str = "bart@example.com", **more: Any) -> Incoming:
    recipients = tuple(f"{destination.list_id.replace('.', '@', 1)}" for destination in destinations)
    return Incoming(raw, sender, destinations, more.pop("recipients", recipients), Origin.LMTP, **more)


def test_letter_is_kept_with_its_envelope(dev: MailingList) -> None:
    [[kept]] = keep([incoming(to(dev, detail="Tag"), recipients=("Dev+Tag@example.org",))])

    arrival = Arrival.objects.select_related("letter").get()
    assert kept == Kept(to(dev, detail="Tag"), arrival.pk)
    assert (arrival.mlist, arrival.role, arrival.detail) == (dev, Role.POST, "Tag")
    assert (arrival.recipient, arrival.sender) == ("Dev+Tag@example.org", "bart@example.com")
    assert (arrival.message_id, arrival.origin, arrival.state) == ("one@example.com", Origin.LMTP, State.RECEIVED)
    assert bytes(arrival.letter.raw) == RAW
    assert (arrival.letter.size, arrival.letter.sha256) == (len(RAW), hashlib.sha256(RAW).hexdigest())
    assert (arrival.verdict, arrival.changes, arrival.attempts, arrival.number) == ({}, [], 0, None)


def test_group_takes_four_statements_whatever_its_size(dev: MailingList) -> None:
    ops = make_list("ops")
    letters = [incoming(to(dev), to(ops), raw=b"Message-ID: <%d@example.com>\r\n\r\n" % number) for number in range(20)]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        keep(letters)

    statements = [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert statements == ["SELECT", "INSERT", "INSERT"]  # and the COMMIT, which a test's own transaction hides
    assert Arrival.objects.count() == 40


def test_identical_bytes_are_stored_once(dev: MailingList) -> None:
    ops = make_list("ops")

    keep([incoming(to(dev))])
    keep([incoming(to(ops)), incoming(to(dev, Role.OWNER))])

    assert Letter.objects.count() == 1
    assert Arrival.objects.count() == 3


def test_repeat_leaves_no_second_arrival(dev: MailingList) -> None:
    [[first]] = keep([incoming(to(dev))])
    [[again]] = keep([incoming(to(dev), raw=b"Received: by mx.example.com; later\r\n" + RAW)])

    assert (first.repeat, again.repeat, again.arrival_id) == (False, True, None)
    assert Arrival.objects.get().pk == first.arrival_id


def test_repeat_troubles_no_neighbour_in_its_group(dev: MailingList) -> None:
    keep([incoming(to(dev))])

    other = RAW.replace(b"one@", b"two@")
    [[repeat], [new], [twin]] = keep([incoming(to(dev)), incoming(to(dev), raw=other), incoming(to(dev), raw=other)])

    assert [repeat.repeat, new.repeat, twin.repeat] == [True, False, True]
    assert Arrival.objects.count() == 2


def test_changed_body_is_a_new_letter(dev: MailingList) -> None:
    keep([incoming(to(dev)), incoming(to(dev), raw=RAW + b"More.\r\n")])

    assert Arrival.objects.count() == 2


def test_without_message_id_trace_fields_tell_letters_apart(dev: MailingList) -> None:
    nightly = b"From: cron@example.com\r\n\r\nDisk full.\r\n"
    monday, tuesday = (b"Received: by mx.example.com; %s\r\n" % day + nightly for day in (b"Mon", b"Tue"))

    [[first], [retried], [second]] = keep([incoming(to(dev), raw=raw) for raw in (monday, monday, tuesday)])

    assert [first.repeat, retried.repeat, second.repeat] == [False, True, False]


def test_one_bounce_for_two_members_is_two_arrivals(dev: MailingList) -> None:
    [kept] = keep(
        [incoming(to(dev, Role.BOUNCES, "anne=example.com"), to(dev, Role.BOUNCES, "bart=example.com"), sender="")]
    )

    assert [one.repeat for one in kept] == [False, False]


def test_posting_address_twice_in_a_transaction_is_one_post(dev: MailingList) -> None:
    [kept] = keep([incoming(to(dev), to(dev, detail="tag"))])

    assert [one.repeat for one in kept] == [False, True]


def test_deleted_list_troubles_nobody_else(dev: MailingList) -> None:
    gone = to(make_list("gone"))
    MailingList.objects.filter(pk=gone.mlist_id).delete()

    [[kept, lost], [alone]] = keep([incoming(to(dev), gone), incoming(gone, raw=b"Subject: alone\r\n\r\n")])

    assert (kept.gone, lost.gone, alone.gone) == (False, True, True)
    assert Arrival.objects.get().pk == kept.arrival_id
    assert Letter.objects.count() == 1


@pytest.mark.parametrize("role", SERVED_ROLES)
def test_role_nobody_serves_is_parked_until_somebody_does(
    dev: MailingList, role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "SERVED_ROLES", tuple(other for other in Role if other != role))
    keep([incoming(to(dev, role))])
    parked = Arrival.objects.get()
    assert (parked.state, parked.reason) == (State.PARKED, NOT_SERVED)

    assert (resume_parked(role), resume_parked(role)) == (1, 0)

    parked.refresh_from_db()
    assert (parked.state, parked.reason) == (State.RECEIVED, "")
    assert Bell.objects.get(kind=BellKind.JUDGE).rung


def test_resuming_leaves_alone_what_was_parked_for_another_reason(dev: MailingList) -> None:
    keep([incoming(to(dev, Role.OWNER))])
    Arrival.objects.update(reason="kept for the owner to look at")

    assert resume_parked(Role.OWNER) == 0


def test_bell_is_rung_for_arrivals() -> None:
    ring_for_arrivals()

    assert Bell.objects.get(kind=BellKind.JUDGE).rung


def test_web_post_names_its_submitter(dev: MailingList) -> None:
    dora = make_user("Dora")

    keep([incoming(to(dev), submitter_id=dora.pk)])

    assert Arrival.objects.get().submitter == dora


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_broken_letter_is_kept_as_it_came(dev: MailingList, raw: bytes) -> None:
    [[kept]] = keep([incoming(to(dev), raw=raw)])

    arrival = Arrival.objects.select_related("letter").get()
    assert (arrival.pk, bytes(arrival.letter.raw)) == (kept.arrival_id, raw)


def test_texts_fit_their_columns(dev: MailingList) -> None:
    long = "x" * 400

    keep([incoming(to(dev, detail=long + "\0"), sender="a\0b\udcff" + long, recipients=("r\0" + long,))])

    arrival = Arrival.objects.get()
    assert arrival.detail == "x" * 255
    assert arrival.sender == "ab?" + "x" * 317
    assert arrival.recipient == "r" + "x" * 319


def test_nothing_is_kept_when_the_commit_does_not_come(dev: MailingList) -> None:
    with armed("intake.before-commit=raise"), pytest.raises(Tripped):
        keep([incoming(to(dev))])

    assert (Letter.objects.count(), Arrival.objects.count()) == (0, 0)
