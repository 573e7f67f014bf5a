"""Two at once: whoever joins, confirms or decides at the same moment, in transactions of their own; CONC-01, CONC-03."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from lists.enums import Action, MemberRole, SubscriptionPolicy
from lists.errors import AlreadySubscribed, RequestPending, UnknownToken
from lists.models import MailingList, Membership, Pending
from lists.services import pending, requests
from lists.services.joining import join
from lists.services.leaving import leave
from lists.services.mailing_lists import change_settings
from suite.common.errors import SuiteError
from tests.support.factories import make_list, make_member
from tests.support.notices import told
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]

DORA = "dora@example.com"


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each returns, or the SuiteError it raises; all begin at the same moment, each on a connection of its own."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(PATIENCE)
            return act()
        except SuiteError as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def count(answers: list[Any], what: Any) -> int:
    return sum(answer is what for answer in answers)


def members(mlist: MailingList) -> int:
    return Membership.objects.filter(mlist=mlist, role=MemberRole.MEMBER).count()


@pytest.mark.feature("core.subscription.races")
@pytest.mark.parametrize("policy", [SubscriptionPolicy.CONFIRM, SubscriptionPolicy.CONFIRM_THEN_MODERATE])
def test_of_many_confirmations_of_one_token_one_counts(dev: MailingList, policy: SubscriptionPolicy) -> None:
    change_settings(dev, subscription_policy=policy)
    token = join(dev, DORA).token

    answers = at_once(*[lambda: requests.confirm(token)] * 6)

    assert count(answers, UnknownToken) == 5
    moderated = policy == SubscriptionPolicy.CONFIRM_THEN_MODERATE
    assert (members(dev), len(told("welcome")), Pending.objects.count()) == ((0, 0, 1) if moderated else (1, 1, 0))


@pytest.mark.feature("core.subscription.races")
def test_of_many_joins_of_one_address_one_counts(dev: MailingList) -> None:
    answers = at_once(*[lambda: join(dev, DORA, pre_verified=True, pre_confirmed=True)] * 6)

    assert count(answers, AlreadySubscribed) == 5
    assert (members(dev), len(told("welcome"))) == (1, 1)


def test_of_many_wishes_one_is_asked_about(dev: MailingList) -> None:
    answers = at_once(*[lambda: join(dev, DORA)] * 6)

    asked = [answer for answer in answers if answer is not RequestPending and answer.token]
    assert len(asked) == 1
    assert (len(told("confirmation")), Pending.objects.count()) == (1, 1)


def test_of_wishes_on_many_lists_one_is_asked_about(dev: MailingList) -> None:
    lists = [dev, *(make_list(f"list{number}") for number in range(5))]

    answers = at_once(*[lambda mlist=mlist: join(mlist, DORA) for mlist in lists])

    assert sum(bool(step.token) for step in answers) == 1
    assert (len(told("confirmation")), Pending.objects.count()) == (1, 1)


def test_of_two_moderators_one_decides(dev: MailingList) -> None:
    change_settings(dev, subscription_policy=SubscriptionPolicy.MODERATE)
    token = join(dev, DORA, pre_verified=True).token
    rows = [pending.read(token) for _ in range(4)]

    answers = at_once(
        *(lambda row=row: requests.decide(row, Action.ACCEPT) for row in rows[:2]),
        *(lambda row=row: requests.decide(row, Action.REJECT, reason="No.") for row in rows[2:]),
    )

    assert count(answers, UnknownToken) == 3
    assert members(dev) + len(told("request-refused")) == 1


def test_of_many_who_leave_one_is_bidden_goodbye(dev: MailingList) -> None:
    make_member(dev, DORA)
    membership = Membership.objects.get()

    at_once(*[lambda: leave(dev, membership, pre_confirmed=True, pre_approved=True)] * 6)

    assert (members(dev), len(told("goodbye"))) == (0, 1)
