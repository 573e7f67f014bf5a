"""Events: told after the commit, to who listens, and to nobody's harm."""

import pytest
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from suite.common import events
from suite.common.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What is heard of "tea.made"; nobody else listens."""
    monkeypatch.setattr(events, "_listeners", {})
    told: list[Event] = []
    events.listen("tea.made", told.append)
    return told


def test_an_announcement_is_told_after_the_commit_and_leaves_no_row(heard: list[Event]) -> None:
    with transaction.atomic():
        events.announce("tea.made", actor="anne@example.com", list_id="dev.example.org", subject="arrival:1", cups=2)
        assert len(heard) == 0
    [event] = heard
    assert (event.kind, event.actor, event.list_id, event.subject, event.data) == (
        "tea.made",
        "anne@example.com",
        "dev.example.org",
        "arrival:1",
        {"cups": 2},
    )
    assert not Event.objects.exists()


def test_what_is_undone_is_told_to_nobody(heard: list[Event]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        events.announce("tea.made")
        events.record("tea.made")
        raise RuntimeError
    assert heard == []


def test_a_record_is_told_and_leaves_a_row(heard: list[Event]) -> None:
    row = events.record("tea.made", cups=3)
    assert heard == [row]
    assert Event.objects.get().data == {"cups": 3}


def test_who_listens_to_something_else_hears_nothing(heard: list[Event]) -> None:
    everything: list[Event] = []
    events.announce("coffee.made")
    events.listen("*", everything.append)
    events.announce("coffee.made")
    assert (heard, [event.kind for event in everything]) == ([], ["coffee.made"])


def test_an_announcement_asks_the_database_nothing(heard: list[Event]) -> None:
    with CaptureQueriesContext(transaction.get_connection()) as queries:
        events.announce("tea.made")
        events.announce("coffee.made")
    assert (len(queries), len(heard)) == (0, 1)


def test_a_listener_that_fails_keeps_nobody_from_hearing(heard: list[Event], caplog: pytest.LogCaptureFixture) -> None:
    def fails(event: Event) -> None:
        raise RuntimeError("too hot")

    last: list[Event] = []
    events.listen("tea.made", fails)
    events.listen("tea.made", last.append)
    with transaction.atomic():
        events.announce("tea.made")
    assert (len(heard), len(last)) == (1, 1)
    assert "too hot" in caplog.text
