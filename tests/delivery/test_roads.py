"""Letters to other addresses of a list: what they ask for is done once, with their arrival's last state."""

from datetime import datetime

import pytest

from archives.enums import Role, State
from archives.models import Arrival
from archives.services import intake
from delivery.results import Result, Work
from delivery.roads import ROADS
from lists.models import MailingList
from moderation.candidates import Candidate
from suite.common.events import record
from suite.common.models import Event
from suite.processes.sweep import Sweep
from tests.support.factories import make_list, make_member
from tests.support.posting import arrive, judge_all, letter

pytestmark = pytest.mark.django_db(transaction=True)

ROLE = Role.CONFIRM


def diary(candidate: Candidate, mlist: MailingList, number: int, now: datetime) -> Result:
    """A robot that writes down what it hears, and then chokes on some of it."""

    def write() -> None:
        record("diary", list_id=mlist.list_id, subject=candidate.subject)
        if candidate.subject == "poison":
            raise RuntimeError("not digestible")

    state = State.DISCARDED if candidate.subject == "spam" else State.DISTRIBUTED
    return Result(candidate.arrival, candidate, work=Work(write, state, f"heard {candidate.subject}"))


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> MailingList:
    monkeypatch.setitem(ROADS, ROLE, diary)
    mlist = make_list("dev")
    make_member(mlist, "bart@example.com")
    return mlist


def heard(mlist: MailingList, *subjects: str) -> list[Arrival]:
    """These letters have come to the robot, and were not parked."""
    arrivals = [arrive(letter(subject=subject))[0] for subject in subjects]
    Arrival.objects.filter(pk__in=[arrival.pk for arrival in arrivals]).update(role=ROLE)
    return arrivals


def ends(arrivals: list[Arrival]) -> list[tuple[str, str, int | None]]:
    return list(
        Arrival.objects.filter(pk__in=[arrival.pk for arrival in arrivals])
        .order_by("pk")
        .values_list("state", "reason", "number")
    )


def test_what_a_letter_asks_for_is_done_and_said(dev: MailingList) -> None:
    arrivals = heard(dev, "hello", "spam")

    judge_all()
    judge_all()

    assert ends(arrivals) == [(State.DISTRIBUTED, "heard hello", None), (State.DISCARDED, "heard spam", None)]
    assert sorted(Event.objects.filter(kind="diary").values_list("subject", flat=True)) == ["hello", "spam"]
    dev.refresh_from_db()
    assert dev.post_id == 1


def test_what_cannot_be_done_leaves_nothing_and_troubles_no_neighbour(dev: MailingList) -> None:
    arrivals = heard(dev, "before", "poison", "behind")
    [post] = arrive(letter(subject="A post"))

    judge_all()

    assert [state for state, _, _ in ends(arrivals)] == [State.DISTRIBUTED, State.SHUNTED, State.DISTRIBUTED]
    assert sorted(Event.objects.filter(kind="diary").values_list("subject", flat=True)) == ["before", "behind"]
    assert ends([post]) == [(State.DISTRIBUTED, "", 1)]


def test_a_sweep_that_starts_resumes_what_was_parked_for_a_role_now_served(
    dev: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    [arrival] = heard(dev, "early")
    Arrival.objects.update(state=State.PARKED, reason=intake.NOT_SERVED)
    monkeypatch.setattr(intake, "SERVED_ROLES", (*intake.SERVED_ROLES, ROLE))

    Sweep().round()

    arrival.refresh_from_db()
    assert arrival.state == State.RECEIVED
