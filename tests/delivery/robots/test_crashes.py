"""A worker dies while it does what a letter asks for; another comes. Each question, membership and welcome is there once."""

import signal

import pytest

from archives.enums import State
from archives.models import Arrival
from delivery.models import Notice
from lists.models import Membership, Pending
from tests.support.commands import start
from tests.support.factories import make_list
from tests.support.posting import arrive, letter
from tests.support.robots import ask, heard, token_of
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)

JOIN = "dev-join@example.org"


def dies_at(failpoint: str) -> None:
    """A worker of its own that is killed there."""
    with start("drain", "judge", POSTHOUSE_FAILPOINTS=f"{failpoint}=kill") as process:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("failpoint", ["journey.before-commit", "journey.in-commit", "journey.after-commit"])
def test_joining_survives_a_killed_worker_at_each_step(failpoint: str) -> None:
    make_list("dev")
    arrive(letter(sender="dora@example.com", to=JOIN), JOIN, sender="dora@example.com")
    dies_at(failpoint)
    [question] = heard()
    assert Pending.objects.count() == 1

    arrive(letter(sender="dora@example.com", to=question.sender), question.sender, sender="dora@example.com")
    dies_at(failpoint)
    [welcome] = heard()
    assert (welcome.to, welcome.subject.split()[0]) == ("dora@example.com", "Welcome")
    assert (Membership.objects.count(), Pending.objects.count()) == (1, 0)
    assert set(Arrival.objects.values_list("state", flat=True)) == {State.DISTRIBUTED}
    assert Notice.objects.count() == 2

    [again] = ask(f"confirm {token_of(question)}", sender="dora@example.com")
    assert "This token is unknown" in again.words
