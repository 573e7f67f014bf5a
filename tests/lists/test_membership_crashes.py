"""A process that joins or removes somebody dies at a named place, and is run again: one of each comes of it; C29, C33."""

import signal
from pathlib import Path
from typing import Any

import pytest

from lists.enums import MemberRole, SubscriptionPolicy
from lists.models import AskedAddress, MailingList, Membership, Pending
from lists.services.joining import join
from lists.services.mailing_lists import change_settings
from suite.common.models import Event
from tests.support.commands import start
from tests.support.factories import make_list, make_member
from tests.support.notices import told
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]

DORA = "dora@example.com"


@pytest.fixture
def dev() -> MailingList:
    """Joining waits for a moderator, whom nobody tells."""
    return make_list("dev", subscription_policy=SubscriptionPolicy.MODERATE, admin_immed_notify=False)


def run(*words: str, failpoint: str = "") -> int:
    environment: dict[str, Any] = {"POSTHOUSE_FAILPOINTS": f"{failpoint}=kill"} if failpoint else {}
    with start(*words, **environment) as process:
        process.communicate(timeout=PATIENCE)
        return process.returncode


def counted() -> tuple[int, int, int, int]:
    """Members, requests, mails of ours, and mailboxes that were asked."""
    members = Membership.objects.filter(role=MemberRole.MEMBER).count()
    return members, Pending.objects.count(), len(told()), AskedAddress.objects.count()


@pytest.mark.parametrize("failpoint", ["joining.before-mail", "joining.before-commit"])
def test_an_invitation_is_whole_or_not_at_all(dev: MailingList, tmp_path: Path, failpoint: str) -> None:
    file = tmp_path / "people"
    file.write_text(f"{DORA}\n")
    words = ("addmembers", "dev@example.org", str(file), "--invite")

    assert run(*words, failpoint=failpoint) == -signal.SIGKILL
    assert counted() == (0, 0, 0, 0)

    assert run(*words) == 0
    assert counted() == (0, 1, 1, 1)


@pytest.mark.parametrize("failpoint", ["joining.before-welcome", "joining.before-commit"])
def test_a_membership_comes_with_its_welcome(dev: MailingList, failpoint: str) -> None:
    join(dev, DORA, pre_verified=True)
    words = ("requests", "approve", str(Pending.objects.get().pk))

    assert run(*words, failpoint=failpoint) == -signal.SIGKILL
    assert counted() == (0, 1, 0, 0)

    assert run(*words) == 0
    assert counted() == (1, 0, 1, 0)
    assert run(*words) == 1, "there is nothing more to approve"
    assert counted() == (1, 0, 1, 0)


@pytest.mark.parametrize("failpoint", ["leaving.before-removal", "leaving.before-commit"])
def test_who_leaves_is_bidden_goodbye_once(dev: MailingList, failpoint: str) -> None:
    change_settings(dev, unsubscription_policy=SubscriptionPolicy.MODERATE)
    make_member(dev, DORA)
    words = ("delmembers", "--list", "dev@example.org", "--member", DORA, "--goodbye")

    assert run(*words, failpoint=failpoint) == -signal.SIGKILL
    assert counted() == (1, 0, 0, 0)
    assert not Event.objects.filter(kind="member.removed").exists()

    assert run(*words) == 0
    assert counted() == (0, 0, 1, 0)
    assert Event.objects.filter(kind="member.removed").count() == 1
