"""What goes in time, and what stays."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from archives.enums import Origin, Role, State
from archives.models import Archive, Arrival, Letter, Post, Thread
from archives.services.housekeeping import forget_repeats, sweep_letters, sweep_refused
from archives.services.intake import Incoming, keep
from delivery.models import Rendering
from lists.addressing import Destination
from lists.enums import ArchivePolicy
from lists.models import MailingList
from tests.support.factories import make_list

pytestmark = pytest.mark.django_db


def post(mlist: MailingList, number: int = 1, *, state: State = State.RECEIVED, days: float = 0) -> Arrival:
    """An arrival that got into this state so many days ago."""
    raw = b"Message-ID: <%d@example.com>\r\n\r\n" % number
    moment = timezone.now() - timedelta(days=days)
    to = Destination(mlist.pk, mlist.list_id, Role.POST)
    [[kept]] = keep([Incoming(raw, "", (to,), ("dev@example.org",), Origin.LMTP, moment)])
    assert kept.arrival_id is not None, "a repeat"
    Arrival.objects.filter(pk=kept.arrival_id).update(state=state, state_at=moment)
    return Arrival.objects.get(pk=kept.arrival_id)


def file(arrival: Arrival) -> None:
    archive = Archive.objects.get_or_create(list_id=arrival.mlist.list_id, defaults={"mlist": arrival.mlist})[0]
    thread = Thread.objects.create(archive=archive)
    Post.objects.create(archive=archive, thread=thread, arrival=arrival, letter=arrival.letter)


def test_repeats_are_known_for_seven_days(dev: MailingList) -> None:
    post(dev, 1, days=7.01)
    young = post(dev, 2, days=6.99)

    assert (forget_repeats(), forget_repeats()) == (1, 0)

    assert list(Arrival.objects.filter(repeat_key__isnull=False)) == [young]
    post(dev, 1)  # counts as new again


def test_forgetting_many_repeats_goes_piece_by_piece(dev: MailingList) -> None:
    to = Destination(dev.pk, dev.list_id, Role.POST)
    long_ago = timezone.now() - timedelta(days=8)
    keep(
        [
            Incoming(b"Message-ID: <%d@x>\r\n\r\n" % number, "", (to,), ("dev@example.org",), Origin.LMTP, long_ago)
            for number in range(1_001)
        ]
    )

    with CaptureQueriesContext(connection) as queries:
        assert forget_repeats() == 1_001

    assert len([query for query in queries if query["sql"].startswith("UPDATE")]) == 3


@pytest.mark.parametrize("state", [State.REJECTED, State.DISCARDED, State.EXPIRED])
def test_refused_mail_goes_after_its_days(dev: MailingList, state: State, settings: Settings) -> None:
    settings.KEEP_REFUSED_DAYS = 10
    post(dev, 1, state=state, days=10.01)
    young = post(dev, 2, state=state, days=9.99)

    assert (sweep_refused(), sweep_refused()) == (1, 0)

    assert list(Arrival.objects.all()) == [young]


@pytest.mark.parametrize("state", sorted(set(State) - {State.REJECTED, State.DISCARDED, State.EXPIRED}))
def test_all_other_mail_stays(dev: MailingList, state: State) -> None:
    arrival = post(dev, state=state, days=1000)
    if state == State.DISTRIBUTED:
        file(arrival)

    assert sweep_refused() == 0


def test_posts_that_no_archive_has_go_after_their_days(dev: MailingList, settings: Settings) -> None:
    settings.KEEP_REFUSED_DAYS = 10
    unfiled = [post(dev, 1, state=State.DISTRIBUTED, days=10.01), post(dev, 2, state=State.DISTRIBUTED, days=9.99)]
    filed = post(dev, 3, state=State.DISTRIBUTED, days=10.01)
    file(filed)

    assert (sweep_refused(), sweep_refused()) == (1, 0)

    assert list(Arrival.objects.order_by("pk")) == [unfiled[1], filed]


def test_posts_of_a_list_without_archive_go_too(dev: MailingList) -> None:
    unarchived = make_list("secret")
    MailingList.objects.filter(pk=unarchived.pk).update(archive_policy=ArchivePolicy.NEVER)
    post(unarchived, state=State.DISTRIBUTED, days=31)
    others = [post(unarchived, 2, state=State.HELD, days=31), post(dev, state=State.DISTRIBUTED, days=31)]
    file(others[1])

    assert sweep_refused() == 1

    assert list(Arrival.objects.order_by("pk")) == others


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.POST}))
def test_mail_that_robots_and_owners_have_got_goes_after_its_days(
    dev: MailingList, role: Role, settings: Settings
) -> None:
    settings.KEEP_REFUSED_DAYS = 10
    rows = [post(dev, 1, state=State.DISTRIBUTED, days=10.01), post(dev, 2, state=State.DISTRIBUTED, days=9.99)]
    rows += [post(dev, 3, state=State.PARKED, days=1000), post(dev, 4, state=State.RECEIVED, days=1000)]
    Arrival.objects.update(role=role)

    assert (sweep_refused(), sweep_refused()) == (1, 0)

    assert list(Arrival.objects.order_by("pk")) == rows[1:]


def old_letter(raw: bytes) -> Letter:
    created_at = timezone.now() - timedelta(hours=2)
    return Letter.objects.create(sha256=str(raw), raw=raw, size=len(raw), created_at=created_at)


def test_letters_nobody_refers_to_go(dev: MailingList) -> None:
    old_letter(b"unused")
    arrived = post(dev, days=1).letter
    published, sent = old_letter(b"published"), old_letter(b"sent")
    archive = Archive.objects.get_or_create(list_id=dev.list_id, defaults={"mlist": dev})[0]
    Post.objects.create(archive=archive, thread=Thread.objects.create(archive=archive), letter=published)
    Rendering.objects.create(mlist=dev, header=b"", letter=sent)

    assert (sweep_letters(), sweep_letters()) == (1, 0)

    assert list(Letter.objects.order_by("pk")) == sorted([arrived, published, sent], key=lambda letter: letter.pk)


def test_fresh_letter_stays_for_who_is_about_to_refer_to_it() -> None:
    Letter.objects.create(sha256="new", raw=b"new", size=3)

    assert sweep_letters() == 0


def test_letter_goes_after_its_arrival(dev: MailingList) -> None:
    post(dev, state=State.DISCARDED, days=31)

    assert (sweep_refused(), sweep_letters()) == (1, 1)


def test_sweeping_letters_never_loads_them() -> None:
    old_letter(b"unused")

    with CaptureQueriesContext(connection) as queries:
        sweep_letters()

    assert [query["sql"].split()[0] for query in queries] == ["SELECT", "DELETE"]
    assert not [query for query in queries if '"raw"' in query["sql"]]
